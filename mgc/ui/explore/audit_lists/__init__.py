"""The lists of the doubt view, one file each: what is drawn, and how many findings there are under the filters."""
