// Shows the figures under the pointer. The page can be read without it.
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);

function make(parent, name, text) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

// Which piece of time is at this part of the axis.
function pieceAt(part) {
  const index = data.ends.findIndex((end) => part * 1000 <= end);
  return index < 0 ? data.ends.length - 1 : index;
}

for (const plot of document.querySelectorAll('[data-chart]')) {
  const series = data.charts[plot.dataset.chart];
  let cross, tip;
  const leave = () => { cross?.remove(); tip?.remove(); cross = tip = undefined; };
  plot.addEventListener('pointerleave', leave);
  plot.addEventListener('pointermove', (event) => {
    leave();
    const box = plot.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const piece = pieceAt(part);
    cross = make(plot, 'div');
    cross.className = 'cross';
    cross.style.left = part * 100 + '%';
    tip = make(plot, 'div');
    tip.className = 'tip';
    make(tip, 'div', 'from ' + data.times[piece]);
    for (const each of series) {
      const line = make(tip, 'div');
      make(line, 'i').className = each.color;
      line.append(each.name + ': ' + each.texts[piece]);
    }
    if (part > 0.5) tip.style.right = (1 - part) * 100 + 2 + '%';
    else tip.style.left = part * 100 + 2 + '%';
  });
}
