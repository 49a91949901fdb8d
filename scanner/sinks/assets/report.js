/* The page of one report. Everything it shows comes from the JSON block and reaches the page as text. */

const report = JSON.parse(document.getElementById('report').textContent);
const { words } = report;
const numbers = new Intl.NumberFormat(report.lang);
const format = (value) => numbers.format(value);
const main = document.getElementById('main');
const tables = new Map();

function section(id, title, ...children) {
  const node = el('section', { id, 'aria-labelledby': `${id}-title` }, el('h2', { id: `${id}-title` }, title), ...children);
  main.append(node);
  return node;
}

function list(tag, items) {
  return items.length ? el(tag, {}, ...items.map((item) => el('li', {}, item))) : null;
}

// --- verdict -------------------------------------------------------------------------------------------------------

function head() {
  const { run, verdict } = report;
  document.title = `${verdict.line} - ${run.host} - nokosanai`;
  document.getElementById('skip').textContent = words.skip;
  document.getElementById('head').append(
    el('p.brand', {}, el('strong', {}, words.brand), el('span', {}, words.kind)),
    el('dl.run', {}, ...run.facts.flatMap(([name, value]) => [el('div', {}, el('dt', {}, name), el('dd', {}, value))])),
  );
  main.append(el(
    'section.verdict', { 'data-tone': verdict.tone, 'aria-labelledby': 'verdict' },
    el('p.label', {}, words.verdict), el('h1', { id: 'verdict' }, verdict.line),
    ...verdict.lines.map((line) => el('p', {}, line)),
    verdict.why.length ? el('ul.why', {}, ...verdict.why.map(([types, reason]) => el('li', {}, el('strong', {}, types), ` ${reason}`))) : null,
  ));
  main.append(el('ul.figures', { 'aria-label': words.figures }, ...report.figures.map((figure) => el(
    'li', { 'data-tone': figure.tone }, el('span.value', {}, figure.value), el('span.name', {}, figure.name), el('span.note', {}, figure.note),
  ))));
  if (report.next.length) section('next', words.next, list('ol', report.next));
}

// --- the gauge -----------------------------------------------------------------------------------------------------

function meter(level, said) {
  const steps = [0, 1, 2].map((step) => el('i', { class: step < level ? 'on' : null }));
  return el('span.meter', { 'data-level': level }, el('span.steps', { 'aria-hidden': 'true' }, ...steps), said);
}

function condition(one) {
  return el(
    'li', {}, el('div', {}, el('strong', {}, one.title), el('span.article', {}, one.article)),
    meter(one.level, one.certainty), el('span.people', {}, one.people), el('span.types', {}, one.types),
  );
}

function gaugeCard(gauge) {
  const laws = [...new Set(gauge.conditions.map((one) => one.law))];
  return el(
    'div.gauge', { 'data-level': gauge.level },
    el('p.subject', {}, `${gauge.subject}: ${gauge.where}`),
    el('p.people', {}, gauge.people),
    ...laws.flatMap((law) => [law ? el('h3', {}, law) : null, el('ul.conditions', {}, ...gauge.conditions.filter((one) => one.law === law).map(condition))]),
    gauge.dates.length ? el('dl.dates', {}, ...gauge.dates.map(([name, day]) => el('div', {}, el('dt', {}, name), el('dd', {}, day)))) : null,
    gauge.mitigating.length ? el('p.mitigating', {}, `${words.mitigating}: ${gauge.mitigating.join(' / ')}`) : null,
  );
}

function gauges() {
  if (!report.gauges.length) return;
  const [first] = report.gauges;
  section('gauge', words.gauge, el('p.note', {}, words.gaugeNote), gaugeCard(first), table(report.tables.gauges));
}

// --- since last time -------------------------------------------------------------------------------------------------

function since() {
  if (!report.since) return;
  const { counts, notes, previous } = report.since;
  const chips = counts.map((one) => {
    const chip = el('button.chip', { type: 'button', 'data-life': one.status, disabled: one.row < 0 || !one.n ? '' : null },
      el('strong', {}, format(one.n)), ` ${one.name}`);
    chip.addEventListener('click', () => {
      const documents = tables.get('documents');
      if (documents) documents.filter(documents.spec.columns.findIndex((column) => column.id === 'life'), one.row);
      document.getElementById('found')?.scrollIntoView();
    });
    return el('li', {}, chip);
  });
  section('since', words.since, el('p.note', {}, previous), el('ul.chips', {}, ...chips), list('ul', notes), table(report.tables.gone));
}

// --- charts ----------------------------------------------------------------------------------------------------------

function bars(chart) {
  if (!chart.rows.length) return null;
  const most = Math.max(...chart.rows.map((row) => row.value), 1);
  const lines = chart.rows.map((row) => {
    const fill = el('span.fill', { 'data-tone': row.tone || null });
    fill.style.width = `${Math.max(100 * row.value / most, row.value ? 0.6 : 0)}%`;
    return el('tr', {}, el('th', { scope: 'row', title: row.name }, row.name), el('td.bar', { 'aria-hidden': 'true' }, fill), el('td.number', {}, row.text));
  });
  const head = el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, chart.of), el('td.bar', {}), el('th.number', { scope: 'col' }, chart.unit)));
  return el('figure.bars', {}, el('figcaption', {}, chart.title), el('table', {}, head, el('tbody', {}, ...lines)));
}

function where() {
  const charts = report.charts.map(bars).filter(Boolean);
  if (charts.length) section('where', words.where, el('p.note', {}, words.whereNote), el('div.charts', {}, ...charts));
}

const CHART = { width: 560, height: 190, left: 54, right: 14, top: 14, bottom: 30 };

function line(points, name, key) {
  const { width, height, left, right, top, bottom } = CHART;
  const most = Math.max(...points.map((point) => point[key]), 1);
  const step = points.length > 1 ? (width - left - right) / (points.length - 1) : 0;
  const x = (index) => (points.length > 1 ? left + index * step : (width + left) / 2);
  const y = (value) => height - bottom - (value / most) * (height - top - bottom);
  const path = points.map((point, index) => `${index ? 'L' : 'M'}${x(index).toFixed(1)},${y(point[key]).toFixed(1)}`).join('');
  const base = y(0).toFixed(1);
  const drawn = svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${name}: ${points.map((point) => `${point.day} ${format(point[key])}`).join(', ')}` });
  for (const value of [0, most / 2, most]) {
    if (!Number.isInteger(value)) continue;
    const label = svg('text', { x: left - 8, y: y(value) + 4, class: 'axis end' });
    label.textContent = format(value);
    drawn.append(svg('line', { x1: left, x2: width - right, y1: y(value), y2: y(value), class: 'grid' }), label);
  }
  drawn.append(svg('path', { d: `${path}L${x(points.length - 1).toFixed(1)},${base}L${x(0).toFixed(1)},${base}Z`, class: 'area' }), svg('path', { d: path, class: 'line' }));
  const every = Math.ceil(points.length / 7);
  points.forEach((point, index) => {
    drawn.append(svg('circle', { cx: x(index), cy: y(point[key]), r: points.length > 40 ? 2 : 4, class: point.complete ? 'dot' : 'dot open' }));
    if ((points.length - 1 - index) % every) return;
    const label = svg('text', { x: x(index), y: height - 8, class: `axis ${index === points.length - 1 && index ? 'end' : index ? 'middle' : ''}` });
    label.textContent = point.day.slice(5);
    drawn.append(label);
  });
  return el('figure.line', {}, el('figcaption', {}, name), drawn);
}

function trend() {
  if (report.trend.length < 2) return;
  const points = report.trend;
  section('trend', words.trend,
    el('div.charts', {}, line(points, words.persons, 'persons'), line(points, words.violations, 'violations')),
    points.some((point) => !point.complete) ? el('p.note', {}, words.hollow) : null,
    el('details', {}, el('summary', {}, words.asTable), table(report.tables.trend)));
}

// --- lists -----------------------------------------------------------------------------------------------------------

function table(spec) {
  if (!spec || !spec.rows.length) return null;
  const made = new DataTable(spec, words, format, spec.id === 'documents' ? detail : null);
  tables.set(spec.id, made);
  return made.node;
}

function lists() {
  const { tables: specs, notes } = report;
  if (specs.documents.rows.length) section('found', words.found, notes.found && el('p.note', {}, notes.found), table(specs.documents));
  if (specs.others.rows.length) section('others', words.others, table(specs.others));
  if (specs.retention.rows.length) section('retention', words.retention, table(specs.retention));
  if (specs.exceptions.rows.length) section('exceptions', words.exceptions, el('p.note', {}, words.exceptionsNote), table(specs.exceptions));
}

function unread() {
  const { unread: kinds, excluded } = report;
  section('unread', words.unread,
    kinds.length ? el('dl.kinds', {}, ...kinds.map((kind) => el('div', {}, el('dt', {}, kind.name, el('strong', {}, kind.text)), el('dd', {}, kind.advice)))) : el('p.good', {}, words.allRead),
    report.notes.problems && el('p.note', {}, report.notes.problems), table(report.tables.problems),
    excluded.length ? el('h3', {}, words.excluded) : null,
    excluded.length ? el('ul.inline', {}, ...excluded.map((one) => el('li', {}, one))) : null);
}

function ledger() {
  const { rows, columns } = report.ledger;
  section('ledger', words.ledger, el('p.note', {}, words.ledgerNote), el(
    'table.ledger', {}, el('thead', {}, el('tr', {}, ...columns.map((name, at) => el(at ? 'th.number' : 'th', { scope: 'col' }, name)))),
    el('tbody', {}, ...rows.map(([state, name, ...cells]) => el('tr', { 'data-state': state }, el('th', { scope: 'row' }, name), ...cells.map((cell) => el('td.number', {}, cell))))),
  ));
}

// --- one document ------------------------------------------------------------------------------------------------------

function severityBadge(index) {
  const [, column] = report.tables.documents.columns;
  return el('span.badge', { 'data-tone': column.tones[index] }, column.labels[index]);
}

function detail(row) {
  const { labels } = report;
  const dialog = document.getElementById('detail');
  const [facts, violations, findings] = row[row.length - 1];
  const close = el('button.close', { type: 'button' }, words.close);
  close.addEventListener('click', () => dialog.close());
  const lines = findings.map(([type, confidence, count, distinct, masked, places]) => el(
    'tr', {}, el('th', { scope: 'row' }, labels.types[type]), el('td', {}, labels.confidences[confidence]), el('td.number', {}, format(count)),
    el('td.number', {}, format(distinct)), el('td.mono', {}, masked.join('  ')), el('td', {}, places),
  ));
  dialog.replaceChildren(
    el('h2', { id: 'detail-title' }, row[0][1]), close,
    el('p.folder', {}, report.tables.documents.columns[0].folders[row[0][0]]),
    el('dl.facts', {}, ...labels.facts.flatMap((name, at) => (facts[at] ? [el('div', {}, el('dt', {}, name), el('dd', {}, facts[at]))] : []))),
    list('ul', violations.map(([severity, text]) => el('span', {}, severityBadge(severity), ` ${text}`))) || '',
    el('div.scroll', {}, el('table.found', {}, el('thead', {}, el('tr', {}, ...report.labels.finding.map((name, at) => el(at === 2 || at === 3 ? 'th.number' : 'th', { scope: 'col' }, name)))), el('tbody', {}, ...lines))),
  );
  dialog.showModal();
}

function nav() {
  const links = [...main.querySelectorAll('section[id]')].map((node) => el('a', { href: `#${node.id}` }, node.querySelector('h2').textContent));
  document.getElementById('nav').setAttribute('aria-label', words.contents);
  document.getElementById('nav').append(...links);
  document.getElementById('foot').append(...report.foot.map((text) => el('p', {}, text)));
  const dialog = document.getElementById('detail');
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
}

[head, gauges, since, where, lists, trend, unread, ledger, nav].forEach((part) => part());
document.documentElement.dataset.ready = 'yes';
