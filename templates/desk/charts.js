// Charts: every `.plot` draws its `data-chart` with uPlot; the same numbers stand in a table below it.
"use strict";

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

const KINDS = ["--good", "--bad", "--wait", "--busy", "--soft"];
// Posts, letters and readers are whole.
const WHOLE = [1, 2, 5, 10, 20, 25, 50].flatMap((step) => [0, 3, 6].map((power) => step * 10 ** power)).concat([100, 200, 250, 500, 1e5, 2e5, 5e5]).sort((a, b) => a - b);

function options(data, width) {
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  const labels = data.labels;
  const bars = data.kind === "bars" ? uPlot.paths.bars({ size: [0.8, 48] }) : undefined;
  const series = data.series.map((one, at) => {
    const stroke = colour(one.colour || KINDS[at % KINDS.length]);
    const fill = bars ? stroke : `${stroke}1f`; // lines stand on a breath of their colour
    return { label: one.name, stroke, width: 2, fill, paths: bars, points: { show: false } };
  });
  const markers = { width: 0, fill: (_plot, at) => series[at - 1]?.stroke };
  return {
    width,
    height: 220,
    cursor: { drag: { x: false, y: false } },
    legend: { show: data.series.length > 1, live: false, markers },
    scales: { x: { time: false }, y: { range: (_plot, low, high) => [Math.min(0, low), Math.max(1, high * 1.05)] } },
    axes: [
      { ...axis, grid: { show: false }, space: 90, values: (_plot, places) => places.map((place) => labels[place] ?? "") },
      { ...axis, size: 60, incrs: WHOLE, values: (_plot, places) => places.map((place) => place.toLocaleString("en")) },
    ],
    series: [{ value: (_plot, place) => labels[place] ?? "" }, ...series],
  };
}

function draw(plot) {
  const data = JSON.parse(plot.dataset.chart);
  const places = data.labels.map((_label, at) => at);
  plot.replaceChildren();
  const width = Math.max(200, plot.clientWidth);
  new uPlot(options(data, width), [places, ...data.series.map((one) => one.values)], plot);
}

function drawAll() {
  document.querySelectorAll(".plot[data-chart]").forEach(draw);
}

let waiting;
window.addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(drawAll, 150);
});
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
document.addEventListener("htmx:after:swap", drawAll);
drawAll();
