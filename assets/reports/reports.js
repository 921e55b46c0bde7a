/** Draws the three reports. Charts are drawings: the exact figures are the texts of the tables, as the service wrote them. */

const KEY = 'penstock-api-key';
/** A page of the breakdown, and rows a table shows: more than this nobody reads on a screen. */
const MOST_ROWS = 10_000;
const MOST_SHOWN = 500;
const MOST_SERIES = 8;

const find = (selector, within = document) => within.querySelector(selector);
const sections = Object.fromEntries([...document.querySelectorAll('section')].map((part) => [part.dataset.report, part]));
const charts = new Map();
const drawn = new Map();
let round = 0;

find('#filter').addEventListener('submit', (event) => {
  event.preventDefault();
  void showAll();
});
find('#parts').addEventListener('submit', (event) => {
  event.preventDefault();
  void guarded(round, showBreakdown);
});
find('#key').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, find('#key-text').value.trim());
  find('#key-text').value = '';
  void showAll();
});
find('#preset').addEventListener('change', ({ target }) => {
  if (target.value === '') return;
  const [start, end] = datesOf(target.value);
  find('#start').value = start;
  find('#end').value = end;
  void showAll();
});
for (const input of [find('#start'), find('#end')]) input.addEventListener('change', () => (find('#preset').value = ''));
for (const [report, section] of Object.entries(sections)) {
  find('.csv', section).addEventListener('click', () => void guarded(round, () => download(report)));
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const draw of drawn.values()) draw();
});

await showAll();

async function showAll() {
  const mine = (round += 1);
  const dates = [find('#start').value, find('#end').value];
  if (dates[0] !== '' && dates[1] !== '' && dates[1] < dates[0]) return tell('The end comes before the start.');
  find('#status').textContent = 'Loading…';
  await guarded(mine, async () => {
    await Promise.all([showSummary(), showTop()]);
    await showBreakdown();
    find('#status').textContent = '';
  });
}

/** Shows what went wrong, unless somebody has asked for something else meanwhile. */
async function guarded(mine, work) {
  tell('');
  try {
    await work();
  } catch (problem) {
    if (mine !== round) return;
    find('#status').textContent = '';
    const needsKey = problem.status === 401 || problem.status === 403;
    if (needsKey) sessionStorage.removeItem(KEY);
    find('#key').hidden = !needsKey;
    if (needsKey) find('#key-text').focus();
    tell(problem.message);
  }
}

function tell(text) {
  const place = find('#problem');
  place.textContent = text;
  place.hidden = text === '';
}

/** @throws Error with the words of the problem, and its status */
async function ask(report, parameters, accept = 'application/json') {
  const key = sessionStorage.getItem(KEY);
  const headers = { accept, ...(key === null ? {} : { 'x-api-key': key }) };
  const url = `/reports/${report}?${new URLSearchParams(parameters)}`;
  const response = await fetch(url, { headers }).catch(() => {
    throw new Error('The service does not answer.');
  });
  if (response.ok) {
    if (key !== null) find('#key').hidden = true;
    return response;
  }
  const problem = await response.json().catch(() => ({}));
  const faults = (problem.errors ?? []).map(({ path, message }) => `${path} ${message}`);
  const words = [problem.detail ?? `The service answered ${response.status}.`, ...faults].join(' ');
  throw Object.assign(new Error(words), { status: response.status });
}

function range() {
  const form = new FormData(find('#filter'));
  return Object.fromEntries([...form].filter(([, value]) => value !== ''));
}

async function load(report, parameters) {
  const section = sections[report];
  section.setAttribute('aria-busy', 'true');
  try {
    const response = await ask(report, parameters);
    return { rows: await response.json(), isCut: response.headers.has('link') };
  } finally {
    section.removeAttribute('aria-busy');
  }
}

async function showSummary() {
  const report = 'monthly-sales-summary';
  const { rows } = await load(report, range());
  fill(report, rows, ['month', 'revenue', 'quantity'], `Revenue and quantity of ${rows.length} months`);
  draw(report, rows.length > 0, (color) => ({
    type: 'bar',
    data: {
      labels: rows.map(({ month }) => month),
      datasets: [
        { label: 'Revenue', data: rows.map(({ revenue }) => Number(revenue)), backgroundColor: color(0), yAxisID: 'y', order: 2 },
        {
          label: 'Quantity',
          data: rows.map(({ quantity }) => Number(quantity)),
          type: 'line',
          borderColor: color(1),
          backgroundColor: color(1),
          yAxisID: 'quantity',
          order: 1,
        },
      ],
    },
    options: {
      scales: {
        y: { title: { display: true, text: 'Revenue' } },
        quantity: { position: 'right', grid: { drawOnChartArea: false }, title: { display: true, text: 'Quantity' } },
      },
    },
  }));
}

async function showTop() {
  const report = 'top-5-by-revenue';
  const { rows } = await load(report, range());
  fill(report, rows, ['rank', 'product_id', 'product_name', 'revenue'], 'The products with the highest revenue');
  offer('#products', rows.map(({ product_name: name }) => name));
  if (find('#product').value === '' && find('#region').value === '') find('#product').value = rows[0]?.product_name ?? '';
  draw(report, rows.length > 0, (color) => ({
    type: 'bar',
    data: {
      labels: rows.map(({ product_name: name }) => name),
      datasets: [{ label: 'Revenue', data: rows.map(({ revenue }) => Number(revenue)), backgroundColor: color(0) }],
    },
    options: { indexAxis: 'y', plugins: { legend: { display: false } } },
  }));
}

async function showBreakdown() {
  const report = 'monthly-sales-breakdown';
  const [product, region] = [find('#product').value.trim(), find('#region').value.trim()];
  const { rows, isCut } = await load(report, { ...range(), ...parts(), limit: MOST_ROWS });
  const by = product === '' ? 'product_name' : 'region';
  const shown = rows.length > MOST_SHOWN ? `, ${MOST_SHOWN} of them shown` : '';
  const cut = isCut ? `The first ${MOST_ROWS} rows only: choose a product or a region. ` : '';
  const what = [product === '' ? 'all products' : product, region === '' ? 'all regions' : region].join(', ');
  fill(report, rows, ['month', 'product_name', 'region', 'revenue', 'quantity'], `${cut}${what}: ${rows.length} rows${shown}`);
  offer('#regions', [...new Set(rows.map((row) => row.region))].slice(0, 100));
  const months = [...new Set(rows.map(({ month }) => month))];
  draw(report, rows.length > 0, (color) => ({
    type: 'bar',
    data: {
      labels: months,
      datasets: series(rows, by).map(([label, totals], index) => ({
        label,
        data: months.map((month) => totals.get(month) ?? 0),
        backgroundColor: color(index),
      })),
    },
    options: { scales: { x: { stacked: true }, y: { stacked: true, title: { display: true, text: 'Revenue' } } } },
  }));
}

function parts() {
  const given = { product: find('#product').value.trim(), region: find('#region').value.trim() };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
}

/** The largest by name, and the rest as one. */
function series(rows, by) {
  const all = new Map();
  for (const row of rows) {
    const totals = all.get(row[by]) ?? all.set(row[by], new Map()).get(row[by]);
    totals.set(row.month, (totals.get(row.month) ?? 0) + Number(row.revenue));
  }
  const sum = (totals) => [...totals.values()].reduce((one, other) => one + other, 0);
  const sorted = [...all].sort(([, one], [, other]) => sum(other) - sum(one));
  const rest = new Map();
  for (const [, totals] of sorted.slice(MOST_SERIES)) {
    for (const [month, value] of totals) rest.set(month, (rest.get(month) ?? 0) + value);
  }
  return [...sorted.slice(0, MOST_SERIES), ...(rest.size > 0 ? [['all others', rest]] : [])];
}

function fill(report, rows, columns, caption) {
  const section = sections[report];
  const isNumber = (column) => ['revenue', 'quantity', 'rank', 'product_id'].includes(column);
  const cell = (name, text, column) => {
    const made = document.createElement(name);
    made.textContent = text;
    if (isNumber(column)) made.className = 'number';
    return made;
  };
  const table = document.createElement('table');
  table.createCaption().textContent = caption;
  const head = table.createTHead().insertRow();
  for (const column of columns) {
    const title = cell('th', column.replaceAll('_', ' '), column);
    title.scope = 'col';
    head.append(title);
  }
  const body = table.createTBody();
  for (const row of rows.slice(0, MOST_SHOWN)) {
    body.insertRow().append(...columns.map((column) => cell('td', String(row[column]), column)));
  }
  find('.table', section).replaceChildren(table);
  find('details', section).hidden = rows.length === 0;
  find('.csv', section).disabled = rows.length === 0;
  find('.about', section).textContent = rows.length === 0 ? 'No sales in this range.' : caption;
}

function draw(report, hasRows, chartOf) {
  const section = sections[report];
  find('.chart', section).hidden = !hasRows;
  charts.get(report)?.destroy();
  charts.delete(report);
  drawn.delete(report);
  if (!hasRows) return;
  const paint = () => {
    const style = getComputedStyle(document.documentElement);
    Chart.defaults.color = style.getPropertyValue('--faint').trim();
    Chart.defaults.borderColor = style.getPropertyValue('--line').trim();
    charts.get(report)?.destroy();
    const { options, ...chart } = chartOf(colorOf);
    const common = { responsive: true, maintainAspectRatio: false, animation: false };
    charts.set(report, new Chart(find('canvas', section), { ...chart, options: { ...common, ...options } }));
  };
  drawn.set(report, paint);
  paint();
}

/** Okabe and Ito's colours, which people with any sight for colours can tell apart; the last for the rest. */
function colorOf(index) {
  const colors = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#f0e442', '#7f8c9a', '#a0a7b0'];
  return colors[index % colors.length];
}

function offer(list, names) {
  find(list).replaceChildren(
    ...names.map((name) => {
      const option = document.createElement('option');
      option.value = name;
      return option;
    }),
  );
}

/** By a request of ours, because a link would go without the key. */
async function download(report) {
  const more = report === 'monthly-sales-breakdown' ? parts() : {};
  const response = await ask(report, { ...range(), ...more }, 'text/csv');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = `${report}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function datesOf(preset) {
  const now = new Date();
  const day = (date) => date.toISOString().slice(0, 10);
  const year = now.getUTCFullYear();
  if (preset === 'year') return [`${year}-01-01`, `${year}-12-31`];
  if (preset === 'last-year') return [`${year - 1}-01-01`, `${year - 1}-12-31`];
  if (preset === 'quarter') return [day(new Date(now.getTime() - 89 * 86_400_000)), day(now)];
  return ['', ''];
}
