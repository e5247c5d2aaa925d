// The player: draws a picture of the sound and the stacked genres under it, follows the <audio> element that Streamlit
// put into the same keyed container, and seeks in it. Times named `t` are seconds of the used stretch; the audio
// element's own clock is t + data.offset. Nothing here comes from a stranger: no file name is ever passed in. On the
// Explore page there is no timeline of genres: `rows` is empty, and a pointer reads the band below it instead.

let revealed = 0; // the last wish to scroll that was met; outlives a player, so that it is met once
const players = new WeakMap(); // the mount point -> Player: Streamlit calls the default export again at every rerun

export default function (component) {
  const { parentElement, data } = component;
  let player = players.get(parentElement);
  if (!player) {
    player = new Player(parentElement);
    players.set(parentElement, player);
  }
  player.show(data);
  return () => {
    player.destroy();
    players.delete(parentElement);
  };
}

class Player {
  constructor(mount) {
    this.mount = mount;
    this.root = mount.querySelector("[data-mgc=player]");
    for (const name of ["stage", "upper", "lower", "heard", "axis", "cursor", "hover", "readout", "legend"]) {
      this[name] = this.root.querySelector(`.${name}`);
    }
    this.stop = new AbortController();
    this.hovered = null;
    this.audio = null;
    const on = (name, handler) => this.stage.addEventListener(name, handler, { signal: this.stop.signal });
    on("pointerdown", (event) => this.press(event));
    on("pointermove", (event) => this.point(event));
    on("pointerleave", () => this.leave());
    on("keydown", (event) => this.key(event));
    document.addEventListener("play", (event) => this.hush(event), { capture: true, signal: this.stop.signal });
    this.resizer = new ResizeObserver(() => this.draw());
    this.resizer.observe(this.stage);
    this.picture = new Image();
    this.picture.onload = () => this.draw();
  }

  show(data) {
    this.data = data;
    this.stage.setAttribute("aria-label", data.label);
    this.stage.setAttribute("role", data.silent ? "img" : "slider"); // a picture has no value
    this.value({ valuemin: "0", valuemax: data.duration.toFixed(1) });
    const heard = (data.heard ?? []).map(({ label }) => label).join(", ");
    Object.assign(this.root.dataset, { view: data.view, duration: data.duration, offset: data.offset, heard });
    this.root.classList.toggle("plain", !data.rows.length); // no timeline of genres: a track of a data set
    this.heard.style.height = `${1.4 * (data.heard?.length ?? 0)}rem`;
    this.root.classList.toggle("silent", Boolean(data.silent)); // no sound either: only a picture is there
    this.stage.tabIndex = data.silent ? -1 : 0;
    if (data.picture && this.picture.src !== data.picture) this.picture.src = data.picture;
    this.list();
    this.draw();
    this.attach();
    if (data.plays && data.plays !== this.played) this.wish(data.plays);
    if (data.reveal && data.reveal !== revealed) this.reveal(data.reveal);
    if ("reveal" in data && data.track !== this.opened) this.open(data.track);
  }

  value(words) {
    for (const [name, word] of Object.entries(words)) {
      if (this.data.silent) this.stage.removeAttribute(`aria-${name}`);
      else this.stage.setAttribute(`aria-${name}`, word);
    }
  }

  // A hand has just asked for this track: play as soon as its sound is there, which may be the one that is there now.
  wish(number) {
    this.played = this.wanted = number;
    this.waiting = setTimeout(() => this.begin(), 700);
  }

  begin() {
    if (!this.wanted || !this.audio) return;
    this.wanted = 0;
    this.audio.play().catch(() => this.follow());
  }

  // The visitor has opened this song in a list: scroll to its card unless its top is in the upper half of the screen.
  reveal(number) {
    revealed = number;
    const scroll = () => {
      const card = document.querySelector(".st-key-mgc_song");
      const top = card?.getBoundingClientRect().top ?? 0;
      if (top < 0 || top > innerHeight / 2) card?.scrollIntoView({ block: "start" });
    };
    for (const wait of [150, 700]) setTimeout(scroll, wait); // the page around it may still be moving
  }

  // What was pressed to open a song may be gone by now: who uses keys goes on from the song, not from the page's top.
  open(track) {
    this.opened = track;
    const isLost = () => navigator.userActivation?.hasBeenActive && document.activeElement === document.body;
    const take = () => { if (isLost()) this.stage.focus({ preventScroll: true }); };
    for (const wait of [150, 700, 2000]) setTimeout(take, wait); // Streamlit takes it away when its run has ended
  }

  // The sound of this track was swapped (its percussive part, say): go on at the same place, playing or not.
  swap() {
    const last = this.last;
    if (!last || !this.data.track || last.track !== this.data.track || this.wanted) return;
    this.resumes = last;
  }

  resume() {
    const last = this.resumes;
    this.resumes = null;
    if (!last || last.track !== this.data.track) return;
    this.audio.currentTime = last.time + this.data.offset;
    if (last.playing) this.audio.play().catch(() => this.follow());
  }

  destroy() {
    this.stop.abort();
    this.listening?.abort();
    this.watcher?.disconnect();
    this.resizer.disconnect();
    clearTimeout(this.waiting);
    cancelAnimationFrame(this.frame);
  }

  // --- the sound ---------------------------------------------------------------------------------------------------

  attach() {
    this.watch(this.scope() ?? document.body);
    const audio = this.found();
    if (!audio || audio === this.audio) {
      this.audio = audio;
      return this.follow();
    }
    this.listening?.abort();
    this.listening = new AbortController();
    if (this.audio) this.swap();
    this.audio = audio;
    if (this.resumes && audio.readyState >= 3) this.resume();
    audio.addEventListener("emptied", () => this.swap(), { signal: this.listening.signal });
    for (const name of ["play", "pause", "ended", "seeking", "seeked", "timeupdate", "loadedmetadata"]) {
      audio.addEventListener(name, () => this.follow(), { signal: this.listening.signal });
    }
    audio.addEventListener("error", () => this.follow(), { signal: this.listening.signal });
    // Not "loadedmetadata": there Streamlit sets its own start time, perhaps after us.
    audio.addEventListener("canplay", () => { this.resume(); this.begin(); }, { signal: this.listening.signal });
    this.follow();
  }

  // Of all that sounds on a page, one is heard: the one that began last.
  hush(event) {
    if (!this.data.alone || !(event.target instanceof HTMLMediaElement)) return;
    for (const other of document.querySelectorAll("audio")) if (other !== event.target) other.pause();
  }

  scope() {
    const host = this.mount.host ?? this.mount;
    return host.closest(`.st-key-${CSS.escape(this.data.scope)}`);
  }

  found() {
    return this.scope()?.querySelector("audio") ?? null;
  }

  // The element may be drawn after us, and Streamlit may swap it later: look as long as we live.
  watch(place) {
    if (place === this.watched) return;
    this.watched = place;
    this.watcher?.disconnect();
    this.watcher = new MutationObserver(() => { if (this.found() !== this.audio) this.attach(); });
    this.watcher.observe(place, { childList: true, subtree: true });
  }

  get playing() {
    return Boolean(this.audio && !this.audio.paused && !this.audio.ended);
  }

  get time() {
    return clamp((this.audio?.currentTime ?? 0) - this.data.offset, 0, this.data.duration);
  }

  seek(t) {
    if (!this.audio) return;
    const wanted = clamp(t, 0, this.data.duration) + this.data.offset;
    if (this.audio.readyState > 0) this.audio.currentTime = wanted;
    else { // Streamlit sets its own start time when the length is known: come after it
      this.audio.addEventListener("loadedmetadata", () => { this.audio.currentTime = wanted; }, { once: true });
      this.audio.load();
    }
    this.follow();
  }

  toggle() {
    if (!this.audio) return;
    if (this.audio.paused) this.audio.play().catch(() => this.follow());
    else this.audio.pause();
  }

  follow() {
    cancelAnimationFrame(this.frame);
    const playing = this.playing;
    if (this.audio?.readyState > 0 && !this.resumes) this.last = { track: this.data.track, time: this.time, playing };
    this.place(this.cursor, this.time);
    Object.assign(this.root.dataset, {
      time: this.time.toFixed(2), playing, audio: this.audio?.error ? "error" : this.audio ? "ready" : "none",
    });
    this.value({ valuenow: this.time.toFixed(1), valuetext: this.sentence(this.time) });
    this.hover.style.visibility = this.hovered === null || playing ? "hidden" : "visible";
    this.read(playing ? this.time : this.hovered ?? this.time); // while playing, the playhead is read
    if (playing) this.frame = requestAnimationFrame(() => this.follow());
  }

  // --- hands -------------------------------------------------------------------------------------------------------

  at(event) {
    const box = this.stage.getBoundingClientRect();
    return clamp((event.clientX - box.left) / box.width, 0, 1) * this.data.duration;
  }

  // What stands at the pointer's height: a frequency, a pitch class, a coefficient.
  bandAt(event) {
    const bands = this.data.bands ?? [];
    const box = this.upper.getBoundingClientRect();
    const height = (box.bottom - event.clientY) / box.height;
    return height >= 0 && height < 1 ? bands[Math.floor(height * bands.length)] : undefined;
  }

  press(event) {
    if (event.button !== 0) return;
    this.stage.setPointerCapture(event.pointerId);
    this.seek(this.at(event));
  }

  point(event) {
    const t = this.at(event);
    if (event.buttons & 1 && this.stage.hasPointerCapture(event.pointerId)) this.seek(t);
    this.hovered = t;
    this.band = this.bandAt(event);
    this.place(this.hover, t);
    if (this.playing) return;
    this.hover.style.visibility = "visible";
    this.read(t);
  }

  leave() {
    this.hovered = null;
    this.hover.style.visibility = "hidden";
    this.read(this.time);
  }

  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -5, ArrowUp: 5, PageDown: -15, PageUp: 15 }[event.key];
    if (step) this.seek(this.time + step);
    else if (event.key === "Home") this.seek(0);
    else if (event.key === "End") this.seek(this.data.duration);
    else if (event.key === " " || event.key === "Enter") this.toggle();
    else return;
    event.preventDefault();
  }

  // --- words -------------------------------------------------------------------------------------------------------

  // Probabilities at t, linearly between the middles of two windows. [length of data.genres]
  probabilities(t) {
    const { times, rows } = this.data;
    if (!rows.length) return [];
    let i = times.findIndex((middle) => middle > t);
    if (i === 0) return rows[0];
    if (i < 0) return rows[rows.length - 1];
    const share = (t - times[i - 1]) / (times[i] - times[i - 1]);
    return rows[i].map((p, genre) => p * share + rows[i - 1][genre] * (1 - share));
  }

  top(t, count) {
    const p = this.probabilities(t);
    return this.data.genres.map((genre, i) => ({ ...genre, p: p[i] })).sort((a, b) => b.p - a.p).slice(0, count);
  }

  sentence(t) {
    const [first] = this.data.rows.length ? this.top(t, 1) : [];
    const when = clock(t + this.data.offset);
    if (!first) return when;
    return first.p ? `${when}, ${first.label} ${percent(first.p)}` : `${when}, no music`;
  }

  read(t) {
    const time = document.createElement("time");
    const idle = this.data.silent && this.hovered === null; // no sound, so no moment: only a pointer asks for one
    time.textContent = idle ? "" : clock(t + this.data.offset);
    const best = (this.data.rows.length ? this.top(t, 3) : []).filter((genre) => genre.p >= 0.005); // 0 % says nothing
    const blank = this.data.rows.length && !best.length;
    const parts = best.map((genre) => tagged("span", genre, `${genre.label} ${percent(genre.p)}`));
    if (blank) parts.push(noted("no music"));
    if (this.hovered !== null && this.band && !this.playing) parts.push(noted(this.band));
    if (this.audio?.error) parts.push(noted(this.data.unplayable ?? "This browser cannot play the file; the verdict is not affected."));
    this.readout.replaceChildren(time, ...parts);
  }

  list() {
    const { rows, song } = this.data;
    if (!rows.length) return this.legend.replaceChildren();
    const note = document.createElement("li");
    note.textContent = "Whole song:";
    this.legend.replaceChildren(note, ...song.map((genre) => tagged("li", genre, `${genre.label} ${percent(genre.p)}`)));
  }

  // --- pictures ----------------------------------------------------------------------------------------------------

  place(line, t) {
    line.style.transform = `translateX(${(t / this.data.duration) * this.stage.clientWidth}px)`;
  }

  draw() {
    if (!this.data || !this.stage.clientWidth) return;
    this.style = getComputedStyle(this.root);
    this.drawUpper();
    if (this.data.rows.length) this.drawLower();
    if (this.data.heard?.length) this.drawHeard();
    this.drawAxis();
    this.place(this.cursor, this.time);
  }

  colour(name) {
    return this.style.getPropertyValue(`--st-${name}`).trim() || "gray";
  }

  drawUpper() {
    const { pen, width, height } = prepare(this.upper);
    if (this.data.peaks) return this.drawWave(pen, width, height);
    if (!this.picture.complete || !this.picture.naturalWidth) return;
    pen.drawImage(this.picture, 0, 0, width, height);
    this.drawBeats(pen, width, height);
    this.drawTicks(pen, height);
    this.drawScale(pen, width, height);
  }

  // Small type of a canvas: it grows with the page's type. Returns half the height of a line of it.
  small(pen) {
    const size = 0.79 * parseFloat(this.style.fontSize);
    pen.font = `${size}px ${this.style.fontFamily}`;
    pen.textBaseline = "middle";
    return Math.round(0.73 * size);
  }

  drawTicks(pen, height) {
    const half = this.small(pen);
    for (const { at, label } of this.data.ticks) {
      const y = clamp((1 - at) * height, half, height - half);
      pen.fillStyle = "rgba(0, 0, 0, 0.55)";
      pen.fillRect(4, y - half, pen.measureText(label).width + 8, 2 * half);
      pen.fillStyle = "#fff";
      pen.fillText(label, 8, y);
    }
  }

  // A line for each beat, seen on dark and on light.
  drawBeats(pen, width, height) {
    for (const beat of this.data.beats ?? []) {
      const x = (beat / this.data.duration) * width;
      pen.fillStyle = "rgba(0, 0, 0, 0.6)";
      pen.fillRect(x - 1, 0, 3, height);
      pen.fillStyle = "#5ce1ff";
      pen.fillRect(x, 0, 1, height);
    }
  }

  // What the darkest and the brightest colour stand for.
  drawScale(pen, width, height) {
    const [low, high] = this.data.scale ?? [];
    if (!high) return;
    const half = this.small(pen) + 1;
    const middle = height - half - 4;
    const [before, after, bar] = [pen.measureText(low).width, pen.measureText(high).width, 8 * half];
    const left = width - before - after - bar - 20;
    pen.fillStyle = "rgba(0, 0, 0, 0.7)";
    pen.fillRect(left - 4, middle - half, width - left, 2 * half);
    const shades = pen.createLinearGradient(left + before + 6, 0, left + before + 6 + bar, 0);
    MAGMA.forEach((colour, i) => shades.addColorStop(i / (MAGMA.length - 1), colour));
    pen.fillStyle = shades;
    pen.fillRect(left + before + 6, middle - half / 2, bar, half);
    pen.fillStyle = "#fff";
    pen.fillText(low, left, middle);
    pen.fillText(high, left + before + bar + 12, middle);
  }

  drawWave(pen, width, height) {
    const { peaks } = this.data; // [low, high] pairs in -100..100
    pen.fillStyle = this.colour("secondary-background-color");
    pen.fillRect(0, 0, width, height);
    pen.fillStyle = this.colour("gray-color"); // no genre's colour
    const step = width / peaks.length;
    peaks.forEach(([low, high], i) => {
      const top = (0.5 - high / 210) * height;
      pen.fillRect(i * step, top, Math.max(step, 0.6), Math.max((0.5 - low / 210) * height - top, 1));
    });
    if (this.data.curve?.length) this.drawCurve(pen, width, height);
    this.drawBeats(pen, width, height);
    this.drawTicks(pen, height);
  }

  drawCurve(pen, width, height) {
    const { curve } = this.data; // 0..100
    pen.fillStyle = this.colour("secondary-background-color");
    pen.globalAlpha = 0.6; // the waveform steps back
    pen.fillRect(0, 0, width, height);
    pen.globalAlpha = 1;
    pen.beginPath();
    curve.forEach((value, i) => pen.lineTo(((i + 0.5) / curve.length) * width, (1 - value / 105) * height - 1));
    pen.strokeStyle = this.colour("primary-color");
    pen.lineWidth = 1.5;
    pen.lineJoin = "round";
    pen.stroke();
  }

  drawLower() {
    const { pen, width, height } = prepare(this.lower);
    const { genres, times, rows, duration } = this.data;
    const x = [0, ...times.map((t) => (t / duration) * width), width];
    const padded = [rows[0], ...rows, rows[rows.length - 1]]; // flat before the first and after the last middle
    let floor = padded.map(() => 0);
    genres.forEach((genre, g) => {
      const ceiling = floor.map((below, i) => below + padded[i][g]);
      pen.beginPath();
      x.forEach((px, i) => pen.lineTo(px, (1 - floor[i]) * height));
      for (let i = x.length - 1; i >= 0; i--) pen.lineTo(x[i], (1 - ceiling[i]) * height);
      pen.closePath();
      pen.fillStyle = genre.colour;
      pen.fill();
      pen.strokeStyle = this.colour("background-color");
      pen.lineWidth = 0.75;
      pen.stroke();
      floor = ceiling;
    });
  }

  // What is heard: a row for each word, which stands in it; the darker, the surer.
  drawHeard() {
    const { pen, width, height } = prepare(this.heard);
    const { heard, heard_from: from, heard_step: step, heard_over: over, duration } = this.data;
    const each = height / heard.length;
    const half = this.small(pen);
    heard.forEach(({ label, shades }, row) => {
      const y = row * each;
      pen.fillStyle = this.colour("secondary-background-color");
      pen.fillRect(0, y + 1, width, each - 2);
      pen.fillStyle = this.colour("text-color");
      shades.forEach((shade, i) => {
        if (!shade) return;
        // A cell stands around the middle of its patch; the first and the last reach to the ends.
        const [begin, end] = [i ? i * step + over : 0, (i + 1) * step + (i < shades.length - 1 ? over : 2 * over)];
        const [left, right] = [begin, end].map((t) => Math.min(Math.round(((from + t) / duration) * width), width));
        pen.globalAlpha = 0.75 * (shade / 100);
        pen.fillRect(left, y + 1, Math.max(right - left, 1), each - 2);
      });
      pen.globalAlpha = 0.85;
      pen.fillStyle = this.colour("background-color");
      pen.fillRect(0, y + each / 2 - half, pen.measureText(label).width + 10, 2 * half);
      pen.globalAlpha = 1;
      pen.fillStyle = this.colour("text-color");
      pen.fillText(label, 4, y + each / 2);
    });
  }

  drawAxis() {
    const { pen, width } = prepare(this.axis);
    const { duration, offset } = this.data;
    const step = [1, 2, 5, 10, 15, 30, 60, 120, 300].find((s) => (s / duration) * width >= 64) ?? 600;
    pen.fillStyle = pen.strokeStyle = this.colour("text-color");
    pen.font = `${0.86 * parseFloat(this.style.fontSize)}px ${this.style.fontFamily}`;
    pen.textBaseline = "top";
    for (let s = Math.ceil(offset / step) * step; s <= offset + duration + 0.01; s += step) {
      const px = clamp(((s - offset) / duration) * width, 0.5, width - 0.5);
      pen.fillRect(px - 0.5, 0, 1, 5);
      const text = clock(s);
      const half = pen.measureText(text).width / 2;
      pen.fillText(text, clamp(px - half, 0, width - 2 * half), 8);
    }
  }
}

// Size a canvas to its box in device pixels; return its pen in CSS pixels.
function prepare(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  return { pen, width, height };
}

function tagged(tag, genre, text) {
  const element = document.createElement(tag);
  const swatch = document.createElement("span");
  swatch.className = "swatch";
  swatch.style.background = genre.colour;
  element.append(swatch, text);
  return element;
}

function noted(text) {
  const note = document.createElement("span");
  note.className = "note";
  note.textContent = text;
  return note;
}

const MAGMA = ["#02010a", "#1c1044", "#4f127b", "#812581", "#b5367a", "#e55064", "#fb8761", "#fec287", "#fcfdbf"];
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const percent = (p) => `${Math.round(100 * p)}\u00a0%`;
const clock = (seconds) => {
  const whole = Math.floor(seconds + 0.001);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};
