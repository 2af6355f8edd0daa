// Put into a page by browser.cc: measures what is drawn, and leaves what it found as text of an
// element that --dump-dom shows.
'use strict';
const faults = [];
window.addEventListener('error', (event) => faults.push('script error: ' + event.message));
console.error = (...words) => faults.push('console: ' + words.join(' '));

function apart(a, b) {
  const overlap = 1;  // pixels that may touch
  return a.right <= b.left + overlap || b.right <= a.left + overlap ||
         a.bottom <= b.top + overlap || b.bottom <= a.top + overlap;
}

function checkLabels(where, labels) {
  const boxes = labels.map((label) => [label.textContent, label.getBoundingClientRect()]);
  for (let i = 0; i < boxes.length; ++i) {
    const [text, box] = boxes[i];
    if (box.width <= 0 || box.height <= 0) faults.push(`${where}: label "${text}" is not drawn`);
    if (box.left < -1 || box.right > window.innerWidth + 1) faults.push(`${where}: label "${text}" is out of the page`);
    for (let j = 0; j < i; ++j)
      if (!apart(box, boxes[j][1])) faults.push(`${where}: labels "${text}" and "${boxes[j][0]}" overlap`);
  }
}

// Where the drawing is, and what is in it.
function checkDrawing(where, svg, wanted) {
  const slack = 2;  // half of a line's width
  const frame = svg.getBoundingClientRect();
  if (frame.width < 50 || frame.height < 10) faults.push(`${where}: the drawing has no size`);
  const colors = [];
  let extent = 0;
  for (const shape of svg.querySelectorAll('path, rect, line, circle')) {
    const box = shape.getBoundingClientRect();
    if (/NaN|Infinity|undefined/.test(shape.outerHTML)) faults.push(`${where}: a number that is none`);
    if (box.left < frame.left - slack || box.right > frame.right + slack ||
        box.top < frame.top - slack || box.bottom > frame.bottom + slack)
      faults.push(`${where}: ${shape.getAttribute('class')} is out of its frame`);
    if (!shape.matches('.line, .area, .area rect, .link, .node')) continue;
    extent = Math.max(extent, box.width + box.height);
    if (box.width + box.height < 8) continue;
    const style = getComputedStyle(shape);
    colors.push(shape.matches('.line, .link') ? style.stroke : style.fill);
  }
  if (wanted && extent < 8) faults.push(`${where}: nothing is drawn`);
  return {id: where, x: frame.left + scrollX, y: frame.top + scrollY, width: frame.width, height: frame.height,
          colors: [...new Set(colors)]};
}

window.addEventListener('load', () => {
  const charts = [];
  for (const plot of document.querySelectorAll('[data-chart]')) {
    charts.push(checkDrawing(plot.dataset.chart, plot.querySelector('svg'), true));
    checkLabels(plot.dataset.chart, [...plot.querySelectorAll('.x, .y')]);
    const box = plot.getBoundingClientRect();
    plot.dispatchEvent(new PointerEvent('pointermove', {clientX: box.left + box.width / 3, clientY: box.top + 5}));
    const tip = plot.querySelector('.tip')?.getBoundingClientRect();
    if (!tip || tip.width < 20 || tip.right > window.innerWidth) faults.push(`${plot.dataset.chart}: no figures under the pointer`);
    plot.dispatchEvent(new PointerEvent('pointerleave'));
  }
  for (const svg of document.querySelectorAll('.lane svg')) checkDrawing('timeline', svg, false);
  checkLabels('timeline', [...document.querySelectorAll('.lane .name, .lane .x')]);
  for (const svg of document.querySelectorAll('svg.map')) {
    charts.push(checkDrawing('map', svg, true));
    checkLabels('map', [...svg.querySelectorAll('text')]);
  }
  const root = document.documentElement;
  if (root.scrollWidth > window.innerWidth) faults.push(`the page is ${root.scrollWidth} wide in a window of ${window.innerWidth}`);
  for (const box of document.querySelectorAll('.tile, .panel, header > *, .question, .finding, .failures'))
    if (box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).display !== 'inline')
      faults.push(`${box.id || box.className || box.tagName}: its content does not fit`);
  const found = document.createElement('pre');
  found.id = 'found';
  found.textContent = encodeURIComponent(JSON.stringify({faults: [...new Set(faults)], charts, height: root.scrollHeight}));
  document.body.append(found);
});
