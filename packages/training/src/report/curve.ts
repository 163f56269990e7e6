// A curve, and its picture.

import type { TopLevelSpec } from 'vega-lite';

export interface CurveSeries {
  /** Series of one name have one colour. */
  readonly name: string;
  readonly points: readonly (readonly [step: number, value: number])[];
  /** `noisy`: drawn faintly, with its running mean on top. `smoothed`: that mean alone. `measured`: a dot at each point. */
  readonly style: 'line' | 'noisy' | 'smoothed' | 'measured';
  /** Default: the next of a few that are read on white as well as on black. */
  readonly color?: string;
}

export interface Curve {
  readonly title: string;
  /** What the vertical axis shows, with its unit. */
  readonly unit: string;
  readonly series: readonly CurveSeries[];
  /** A horizontal line to compare with, for example the score of predicting only background. */
  readonly reference?: { readonly label: string; readonly value: number };
}

/** Read on white as well as on black. */
const seriesColors = ['#3d7fd9', '#d9772b', '#2f9e7a', '#9a67c9'];
const quiet = '#8a8f98';
const mostPoints = 400;

/** One curve, `width` by `height` CSS pixels, as an `<svg>` element that scales with its column and takes the page's text colour. */
export async function renderCurve(curve: Curve, width = 460, height = 250): Promise<string> {
  // Loaded only here: it takes a third of a second, which every start of a program would wait for.
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const view = new vega.View(vega.parse(compile(specification(curve, width, height)).spec), {
    renderer: 'none',
  });
  const svg = await view.toSVG();
  view.finalize();
  // The size is the viewBox's; fixed attributes would keep it from scaling.
  return svg.replace(/^<svg([^>]*?) width="[^"]*" height="[^"]*"/, '<svg$1 role="img"');
}

function specification({ series, unit, reference }: Curve, width: number, height: number): TopLevelSpec {
  const names = [...new Set(series.map(({ name }) => name))];
  const colors = names.map(
    (name, i) => series.find((one) => one.name === name)?.color ?? seriesColors[i % seriesColors.length],
  );
  const rows = series.flatMap(({ name, style, points }, line) => {
    const smooth = style === 'noisy' || style === 'smoothed' ? runningMean(points) : points;
    return thin(
      points.map(([step, value], i) => ({ name, line, step, value, smooth: smooth[i]?.[1] ?? value })),
    );
  });
  const x = {
    field: 'step',
    type: 'quantitative' as const,
    axis: { title: 'step', tickCount: 5, tickMinStep: 1, grid: false, format: ',d' },
    scale: { zero: true, nice: false },
  };
  const y = (field: string): object => ({
    field,
    type: 'quantitative',
    axis: { title: unit, tickCount: 4, format: '.3~r' },
    scale: { zero: true, nice: true },
  });
  const color = {
    field: 'name',
    type: 'nominal' as const,
    scale: { domain: names, range: colors },
    legend:
      names.length > 1
        ? { title: null, orient: 'top' as const, symbolType: 'stroke' as const, columns: 5 }
        : null,
  };
  const detail = { field: 'line', type: 'nominal' as const };
  const isNoisy = series.some(({ style }) => style === 'noisy');
  const isMeasured = series.some(({ style }) => style === 'measured');
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    width,
    height,
    background: null,
    padding: 2,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values: rows },
    layer: [
      ...(isNoisy
        ? [
            {
              mark: { type: 'line', opacity: 0.3, strokeWidth: 1 },
              encoding: { x, y: y('value'), color, detail },
            },
          ]
        : []),
      {
        mark: { type: 'line', strokeWidth: 2, ...(isMeasured && { point: { size: 40, filled: true } }) },
        encoding: { x, y: y('smooth'), color, detail },
      },
      ...(reference === undefined ? [] : referenceLayers(reference)),
    ],
    config: {
      font: 'inherit',
      view: { stroke: null },
      axis: {
        labelColor: 'currentColor',
        titleColor: 'currentColor',
        labelOpacity: 0.75,
        titleOpacity: 0.75,
        labelFontSize: 11,
        titleFontSize: 11,
        titleFontWeight: 'normal',
        domainColor: quiet,
        tickColor: quiet,
        gridColor: quiet,
        gridOpacity: 0.22,
      },
      legend: { labelColor: 'currentColor', labelFontSize: 11, symbolOpacity: 1, symbolStrokeWidth: 2 },
    },
  };
  return spec as unknown as TopLevelSpec;
}

function referenceLayers({ label, value }: { label: string; value: number }): object[] {
  const datum = { y: { datum: value, type: 'quantitative' } };
  return [
    { data: { values: [{}] }, mark: { type: 'rule', strokeDash: [4, 4], color: quiet }, encoding: datum },
    {
      data: { values: [{ label: `${label} ${value.toFixed(1)}` }] },
      mark: {
        type: 'text',
        align: 'right',
        baseline: 'bottom',
        dy: -4,
        fontSize: 11,
        color: 'currentColor',
        opacity: 0.75,
      },
      encoding: { ...datum, x: { value: { expr: 'width' } }, text: { field: 'label' } },
    },
  ];
}

/** The mean over a twentieth of the points around each: without the lag of a mean over the past. */
function runningMean(points: CurveSeries['points']): [number, number][] {
  const reach = Math.max(1, Math.floor(points.length / 40));
  return points.map(([step], i) => {
    const around = points.slice(Math.max(0, i - reach), i + reach + 1);
    return [step, around.reduce((sum, [, value]) => sum + value, 0) / around.length];
  });
}

/** Every n-th row, and the last: more would be smaller than a pixel. */
function thin<T>(rows: readonly T[]): T[] {
  const every = Math.ceil(rows.length / mostPoints);
  return rows.filter((_, i) => i % every === 0 || i === rows.length - 1);
}
