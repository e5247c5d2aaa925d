// The curves of a run: loss and accuracy by epoch. They grow in place: Streamlit draws a Plotly chart anew whenever its
// data change, which flickers once a second. Each line is one path, whose points are set again at every refresh.

const charts = new WeakMap(); // the mount point -> Curves: Streamlit calls the default export again at every rerun
const SVG = "http://www.w3.org/2000/svg";

export default function (component) {
  const { parentElement, data } = component;
  let chart = charts.get(parentElement);
  if (!chart) {
    chart = new Curves(parentElement.querySelector("[data-mgc=curves]"));
    charts.set(parentElement, chart);
  }
  chart.show(data);
  return () => {
    chart.resizer.disconnect();
    charts.delete(parentElement);
  };
}

class Curves {
  constructor(root) {
    this.root = root;
    this.panels = [];
    this.resizer = new ResizeObserver(() => this.panels.forEach((panel) => panel.draw()));
    this.resizer.observe(root);
  }

  show(data) {
    this.root.setAttribute("aria-label", data.alt);
    this.root.dataset.epochs = data.epochs;
    data.panels.forEach((panel, at) => {
      this.panels[at] ??= new Panel(this.root);
      this.panels[at].show(panel, data.epochs);
    });
  }
}

class Panel {
  constructor(root) {
    const box = root.appendChild(document.createElement("div"));
    this.readout = box.appendChild(document.createElement("div"));
    this.readout.className = "readout";
    this.svg = box.appendChild(document.createElementNS(SVG, "svg"));
    this.parts = new Map(); // what is drawn, by name: kept from one refresh to the next
    this.epoch = null; // below the pointer
    this.svg.addEventListener("pointermove", (event) => this.point(event));
    this.svg.addEventListener("pointerleave", () => this.point(null));
  }

  show(panel, epochs) {
    this.panel = panel;
    this.epochs = epochs;
    this.draw();
  }

  draw() {
    const { width, height } = this.svg.getBoundingClientRect();
    if (!width || !this.panel) return;
    const em = parseFloat(getComputedStyle(this.svg).fontSize);
    const [low, high] = this.range();
    const box = { left: 3.4 * em, right: width - 0.6 * em, top: 0.6 * em, bottom: height - 2.6 * em };
    this.x = (epoch) => box.left + ((epoch - 1) / Math.max(this.epochs - 1, 1)) * (box.right - box.left);
    this.y = (value) => box.bottom - ((value - low) / (high - low)) * (box.bottom - box.top);
    const old = new Set(this.parts.keys());
    const part = (name, tag, attributes, words) => {
      old.delete(name);
      if (!this.parts.has(name)) this.parts.set(name, this.svg.appendChild(document.createElementNS(SVG, tag)));
      const node = this.parts.get(name);
      for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
      if (words !== undefined && node.textContent !== words) node.textContent = words;
    };
    for (const value of ticks(low, high, 5)) {
      const y = this.y(value);
      part(`grid ${value}`, "line", { class: "grid", x1: box.left, x2: box.right, y1: y, y2: y });
      const at = { x: box.left - 0.5 * em, y: y + 0.35 * em, "text-anchor": "end" };
      part(`level ${value}`, "text", at, this.panel.percent ? `${Math.round(100 * value)} %` : `${value}`);
    }
    for (const epoch of ticks(1, Math.max(this.epochs, 2), 6).filter(Number.isInteger)) {
      part(`epoch ${epoch}`, "text", { x: this.x(epoch), y: box.bottom + 1.3 * em, "text-anchor": "middle" }, `${epoch}`);
    }
    part("title", "text", { x: box.right, y: height - 0.1 * em, "text-anchor": "end" }, "epoch");
    for (const line of this.panel.lines) {
      const points = line.values.map((value, at) => `${this.x(at + 1).toFixed(1)},${this.y(value).toFixed(1)}`);
      if (points.length === 1) points.push(points[0]); // a round cap makes a dot of it
      const look = { class: line.part, "stroke-width": line.thick ? 3 : 1.2, "stroke-opacity": line.thick ? 1 : 0.5 };
      part(`line ${line.name}`, "path", { d: `M${points.join("L")}`, ...look });
    }
    for (const [epoch, value] of this.panel.rings) {
      const ring = { cx: this.x(epoch), cy: this.y(value), r: 0.32 * em, class: "validation", "stroke-width": 2 };
      part(`ring ${epoch} ${value}`, "circle", ring);
    }
    if (this.epoch !== null && this.epoch <= this.panel.means[0].values.length) {
      const x = this.x(this.epoch);
      part("pointer", "line", { class: "pointer", x1: x, x2: x, y1: box.top, y2: box.bottom });
    }
    for (const name of old) {
      this.parts.get(name).remove();
      this.parts.delete(name);
    }
    this.read();
  }

  range() {
    if (this.panel.percent) return [0, 1];
    const values = this.panel.lines.flatMap((line) => line.values);
    const high = Math.max(...values, 1e-3);
    return [0, 1.05 * high];
  }

  point(event) {
    const at = event && event.clientX - this.svg.getBoundingClientRect().left;
    const share = event && (at - this.x(1)) / (this.x(Math.max(this.epochs, 2)) - this.x(1));
    this.epoch = event ? Math.min(Math.max(Math.round(1 + share * (this.epochs - 1)), 1), this.epochs) : null;
    this.draw();
  }

  // The title, and the means at the epoch below the pointer, else at the last one that all folds have reached.
  read() {
    const written = (value) => (this.panel.percent ? `${(100 * value).toFixed(1)} %` : value.toFixed(3));
    const reached = this.panel.means[0].values.length;
    const epoch = Math.min(this.epoch ?? reached, reached);
    const said = this.panel.means.map((mean) => `${mean.words} ${written(mean.values[epoch - 1])}`);
    this.readout.textContent = `${this.panel.title} \u00b7 epoch ${epoch}: ${said.join(", ")}`;
  }
}

// Round numbers in a range, about so many.
function ticks(low, high, about) {
  const rough = (high - low) / about;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = size * [1, 2, 5, 10].find((times) => times * size >= rough);
  const found = [];
  for (let n = Math.ceil(low / step); n * step <= high + 1e-9; n += 1) found.push(Number((n * step).toPrecision(6)));
  return found;
}
