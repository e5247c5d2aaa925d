// One sound at a time: whichever starts to play stops all others on the page.
function hush(event) {
  for (const other of document.querySelectorAll("audio")) if (other !== event.target) other.pause();
}

export default function () {
  document.addEventListener("play", hush, true); // the same listener again is no second one
}
