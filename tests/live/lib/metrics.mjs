// Reads the text format of Prometheus.

/** `[{name, labels, value}]` of one scrape. */
export function parseMetrics(text) {
  const series = [];
  for (const line of text.split('\n')) {
    const parts = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!parts) continue;
    const labels = {};
    for (const [, k, v] of (parts[2] ?? '').matchAll(/(\w+)="([^"]*)"/g))
      labels[k] = v;
    series.push({ name: parts[1], labels, value: Number(parts[3]) });
  }
  return series;
}

/** The sum of the series of that name that carry all `labels`; 0 if none. */
export function sumOf(series, name, labels = {}) {
  return series
    .filter((s) => s.name === name)
    .filter((s) => Object.entries(labels).every(([k, v]) => s.labels[k] === v))
    .reduce((sum, s) => sum + s.value, 0);
}
