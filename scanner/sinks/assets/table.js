'use strict';
/* Elements whose text is only ever text, and a table that draws no more rows than can be seen. */

const SVG = 'http://www.w3.org/2000/svg';
const ROW_HEIGHT = 46;
const SPARE_ROWS = 12;
const PRINTED_ROWS = 200;
const SHORT = 14;

/** An element with attributes and children; a string child becomes text, whatever it holds. */
function el(tag, attributes, ...children) {
  const [name, ...classes] = tag.split('.');
  const node = document.createElement(name);
  if (classes.length) node.className = classes.join(' ');
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** The phrase with its values put in. */
function say(phrase, values) {
  return phrase.replace(/\{(\w+)\}/g, (all, key) => (key in values ? String(values[key]) : all));
}

function folded(text) {
  return text.normalize('NFKC').toLowerCase();
}

/** The indices in the order of their keys, whole numbers; equal ones stay as they were. */
function sorted(keys, sign) {
  const number = keys.length;
  const exact = keys.every((key) => Math.abs(key) * number < Number.MAX_SAFE_INTEGER / 2);
  if (!exact) return Uint32Array.from(keys, (key, index) => index).sort((a, b) => sign * (keys[a] - keys[b]) || a - b);
  const packed = keys.map((key, index) => sign * key * number + index); // sorted natively, without asking us each time
  return Uint32Array.from(packed.sort(), (key) => ((key % number) + number) % number);
}

/** How one kind of column shows a cell, sorts it, and what of it can be searched. */
const KINDS = {
  text: {
    cell: (value) => el('span.clip', { title: value }, value),
    text: (value) => value,
  },
  file: {
    cell: (value, column, open) => {
      const [folder, name] = [column.folders[value[0]], value[1]];
      const title = open ? el('button.name', { type: 'button', title: folder + name }, name) : el('span.name', {}, name);
      if (open) title.addEventListener('click', open);
      return el('span.file', { title: folder + name }, title, el('span.folder', {}, folder || '\u00a0'));
    },
    text: (value, column) => column.folders[value[0]] + value[1],
  },
  number: {
    cell: (value, column, open, format) => (value === null ? '' : format(value)),
    key: (value) => (value === null ? -1 : value),
    text: () => '',
  },
  label: {
    cell: (value, column) => {
      const said = column.labels[value];
      return said ? el('span.badge', { title: said, 'data-tone': column.tones ? column.tones[value] : null }, said) : '';
    },
    key: (value) => value,
    text: (value, column) => column.labels[value],
  },
  labels: {
    cell: (value, column) => {
      const said = value.map((index) => column.labels[index]).join(column.separator);
      return el('span.clip', { title: said }, said);
    },
    key: (value) => (value.length ? -value[0] * 100 + value.length : -1e9),
    text: (value, column) => value.map((index) => column.labels[index]).join(' '),
  },
  days: {
    cell: (value, column) => {
      const phrase = value < 0 ? column.over : column.left;
      const tone = value < 0 ? 'critical' : value <= 30 ? 'medium' : 'none';
      return el('span.badge', { 'data-tone': tone }, say(phrase, { n: Math.abs(value) }));
    },
    key: (value) => value,
    text: () => '',
  },
};

/** A table of any length: sortable, searchable, filtered, drawn where it is looked at. */
class DataTable {
  constructor(spec, words, format, detail) {
    this.spec = spec;
    this.words = words;
    this.format = format;
    this.detail = detail;
    this.rows = spec.rows;
    this.order = Uint32Array.from(this.rows, (row, index) => index);
    this.shown = this.order;
    this.keys = new Map();
    this.sorted = { column: -1, down: false };
    this.filters = new Map();
    this.query = '';
    this.build();
    this.draw(true);
    if (this.rows.length > 1000 && window.requestIdleCallback) {
      requestIdleCallback(() => this.key(0));
      requestIdleCallback(() => this.hay);
    }
  }

  build() {
    const { spec, words } = this;
    this.head = el('tr', { 'aria-rowindex': 1 }, ...spec.columns.map((column, index) => this.header(column, index)));
    this.body = el('tbody');
    this.table = el(
      'table.data', { 'aria-rowcount': this.rows.length + 1 },
      el('caption.hidden', {}, spec.caption),
      el('colgroup', {}, ...spec.columns.map((column) => {
        const col = el('col');
        col.style.width = column.width + '%';
        return col;
      })),
      el('thead', {}, this.head), this.body,
    );
    this.view = el('div.view', { role: 'region', tabindex: 0, 'aria-label': spec.caption }, this.table);
    this.view.addEventListener('scroll', () => this.request(), { passive: true });
    new ResizeObserver(() => this.request()).observe(this.view);
    this.count = el('p.count', { role: 'status' });
    this.cut = el('p.cut');
    this.node = el('div.table', { id: spec.id }, this.rows.length > SHORT ? this.tools() : null, this.view, this.cut);
    if (this.rows.length <= SHORT) this.view.classList.add('short');
    this.view.classList.toggle('wide', spec.columns.length > 5);
    addEventListener('beforeprint', () => this.print());
    addEventListener('afterprint', () => this.draw(true, true));
    matchMedia('print').addEventListener('change', (media) => (media.matches ? this.print() : this.draw(true, true)));
    this.cut.hidden = !this.rows.length || this.rows.length <= PRINTED_ROWS;
    this.cut.textContent = say(words.printed, { n: this.format(PRINTED_ROWS), all: this.format(this.rows.length) });
  }

  header(column, index) {
    const button = el('button', { type: 'button' }, column.label, el('span.arrow', { 'aria-hidden': 'true' }));
    button.addEventListener('click', () => this.sort(index));
    const kind = column.kind === 'number' ? 'th.number' : 'th';
    return el(kind, { scope: 'col', 'aria-sort': 'none' }, button);
  }

  tools() {
    const { words, spec } = this;
    this.search = el('input', { type: 'search', placeholder: words.search, 'aria-label': words.search, spellcheck: 'false' });
    let timer = 0;
    this.search.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.find(this.search.value), 60);
    });
    const selects = spec.columns.map((column, at) => (column.filter ? this.select(column, at) : null));
    return el('div.tools', { role: 'search', 'aria-label': spec.caption }, this.search, ...selects, this.count);
  }

  select(column, at) {
    const options = column.labels.map((label, value) => (label ? el('option', { value }, label) : null));
    const select = el('select', { 'aria-label': column.label }, el('option', { value: '' }, `${column.label}: ${this.words.all}`),
      ...(column.kind === 'label' ? options.reverse() : options));
    select.addEventListener('change', () => this.filter(at, select.value === '' ? null : Number(select.value)));
    column.select = select;
    return select;
  }

  /** Show only rows that have this label in a column; null shows all. */
  filter(at, value) {
    if (value === null) this.filters.delete(at);
    else this.filters.set(at, value);
    const { select } = this.spec.columns[at];
    if (select) select.value = value === null ? '' : String(value);
    this.refresh();
  }

  find(query) {
    this.query = folded(query.trim());
    this.refresh();
  }

  /** What can be searched in each row, made when somebody searches first. */
  get hay() {
    if (!this.texts) {
      const { columns } = this.spec;
      this.texts = this.rows.map((row) => folded(columns.map((column, at) => KINDS[column.kind].text(row[at], column)).join(' ')));
    }
    return this.texts;
  }

  /** A number for each row by which a column sorts; texts are ranked once. */
  key(at) {
    if (!this.keys.has(at)) {
      const column = this.spec.columns[at];
      const kind = KINDS[column.kind];
      const keys = kind.key ? Float64Array.from(this.rows, (row) => kind.key(row[at])) : this.ranks(kind, column, at);
      this.keys.set(at, keys);
    }
    return this.keys.get(at);
  }

  ranks(kind, column, at) {
    const texts = this.rows.map((row) => kind.text(row[at], column));
    const ranks = new Map([...new Set(texts)].sort().map((text, rank) => [text, rank]));
    return Float64Array.from(texts, (text) => ranks.get(text));
  }

  sort(at) {
    const first = ['number', 'label'].includes(this.spec.columns[at].kind);
    this.sorted = { column: at, down: this.sorted.column === at ? !this.sorted.down : first };
    this.order = sorted(this.key(at), this.sorted.down ? -1 : 1);
    [...this.head.children].forEach((cell, index) => {
      cell.setAttribute('aria-sort', index !== at ? 'none' : this.sorted.down ? 'descending' : 'ascending');
    });
    this.refresh();
  }

  refresh() {
    const { query, rows } = this;
    const filters = [...this.filters];
    const hay = query ? this.hay : null;
    const words = query.split(/\s+/).filter(Boolean);
    const fits = (index) => filters.every(([at, value]) => [].concat(rows[index][at]).includes(value)) &&
      words.every((word) => hay[index].includes(word));
    this.shown = filters.length || query ? this.order.filter(fits) : this.order;
    this.view.scrollTop = 0;
    this.draw(true);
  }

  request() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.draw(false);
    });
  }

  draw(anew, printed = false) {
    if (printed) this.printing = false;
    if (this.printing) return;
    const total = this.shown.length;
    const visible = Math.ceil((this.view.clientHeight || 600) / ROW_HEIGHT);
    const short = this.view.classList.contains('short');
    const first = short ? 0 : Math.max(0, Math.min(Math.floor(this.view.scrollTop / ROW_HEIGHT), total - visible) - SPARE_ROWS);
    const last = short ? total : Math.min(total, first + visible + 2 * SPARE_ROWS);
    if (!anew && first === this.first && last === this.last) return;
    [this.first, this.last] = [first, last];
    this.fill(first, last);
    this.say(total);
  }

  say(total) {
    const all = this.rows.length;
    this.count.textContent = total === all ? say(this.words.count, { n: this.format(all) })
      : say(this.words.countOf, { n: this.format(total), all: this.format(all) });
  }

  fill(first, last) {
    const lines = [];
    for (let at = first; at < last; at += 1) lines.push(this.line(this.shown[at], at));
    if (!this.shown.length) lines.push(el('tr', {}, el('td.none', { colspan: this.spec.columns.length }, this.words.none)));
    this.body.replaceChildren(this.gap(first), ...lines, this.gap(this.shown.length - last));
  }

  gap(number) {
    const row = el('tr.gap', { 'aria-hidden': 'true' });
    row.style.height = `${number * ROW_HEIGHT}px`;
    row.hidden = number <= 0;
    return row;
  }

  line(index, at) {
    const row = this.rows[index];
    const open = this.detail ? () => this.detail(row) : null;
    const cells = this.spec.columns.map((column, place) => {
      const number = column.kind === 'number';
      const content = KINDS[column.kind].cell(row[place], column, place === 0 ? open : null, this.format);
      return place === 0 ? el('th', { scope: 'row' }, content) : el(number ? 'td.number' : 'td', {}, content);
    });
    return el('tr', { 'aria-rowindex': at + 2 }, ...cells);
  }

  /** On paper the beginning of the list as it is sorted and filtered. */
  print() {
    this.printing = true;
    this.fill(0, Math.min(this.shown.length, PRINTED_ROWS));
    this.body.querySelectorAll('.gap').forEach((row) => row.remove());
  }
}
