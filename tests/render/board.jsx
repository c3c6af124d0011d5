// Draws a board from its JSON and the answers to its queries with Grafana's own components, on Grafana's grid.
// What @grafana/ui has no component for (bars, heat maps, timelines, texts) is drawn plainly, in the panel's words and colours.
import '@fontsource/inter/400.css';
import '@fontsource/inter/500.css';
import '@fontsource/inter/600.css';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import {
  FieldType,
  Registry,
  ThemeContext,
  VizOrientation,
  applyFieldOverrides,
  cacheFieldDisplayNames,
  createTheme,
  dateTime,
  fieldMatchers,
  getDisplayValueAlignmentFactors,
  getFieldDisplayName,
  getFieldDisplayValues,
  standardTransformers,
  standardTransformersRegistry,
  toDataFrame,
  transformDataFrame,
} from '@grafana/data';
import { BigValue, GlobalStyles, PanelChrome, TimeSeries, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';

const { board, answers, range } = window.INPUT;
const WIDTH = 1920;
const ROW = 30;
const GAP = 8;
const COLUMN = (WIDTH - GAP) / 24;

const theme = createTheme({ colors: { mode: 'dark' } });
const properties = ['unit', 'decimals', 'displayName', 'noValue', 'thresholds', 'mappings', 'color'];
const ofPanels = ['width', 'hidden', 'hideFrom', 'wrapText', 'cellOptions', 'lineStyle', 'lineWidth'];
const standard = { process: (value) => value, shouldApply: () => true };
const fieldConfigRegistry = new Registry(() => [
  ...properties.map((id) => ({ id, path: id, name: id, ...standard })),
  ...ofPanels.map((id) => ({ id: `custom.${id}`, path: id, name: id, isCustom: true, ...standard })),
]);
const transformers = new Map(Object.values(standardTransformers).map((each) => [each.id, each]));
standardTransformersRegistry.setInit(() =>
  [...transformers].map(([id, each]) => ({ id, name: id, transformation: () => Promise.resolve(each) }))
);

function configured(data, fieldConfig) {
  const context = { theme, fieldConfigRegistry, timeZone: 'utc', replaceVariables: (text) => text };
  const frames = applyFieldOverrides({ data, fieldConfig: structuredClone(fieldConfig), ...context });
  cacheFieldDisplayNames(frames);
  return frames;
}

/** A frame per series, as Grafana's data source makes them. */
function seriesFrames(queries) {
  return queries.flatMap(({ target, result }) =>
    result.map(({ metric, values, value }) => {
      const points = values ?? [value];
      const name = target.legendFormat.replace(/\{\{(\w+)\}\}/g, (_, label) => metric[label] ?? '');
      const numbers = points.map(([, text]) => (text === 'NaN' ? (values ? null : NaN) : Number(text)));
      const fields = [
        { name: 'Time', type: FieldType.time, values: points.map(([at]) => at * 1000) },
        { name: 'Value', type: FieldType.number, values: numbers, labels: metric, config: { displayNameFromDS: name } },
      ];
      return toDataFrame({ refId: target.refId, fields });
    })
  );
}

/** A frame per query, with a column per label. */
function tableFrames(queries) {
  return queries.map(({ target, result }) => {
    const labels = [...new Set(result.flatMap(({ metric }) => Object.keys(metric)))];
    const value = queries.length > 1 ? `Value #${target.refId}` : 'Value';
    const fields = [
      { name: 'Time', type: FieldType.time, values: result.map(({ value: [at] }) => at * 1000) },
      ...labels.map((name) => ({ name, type: FieldType.string, values: result.map(({ metric }) => metric[name]) })),
      { name: value, type: FieldType.number, values: result.map(({ value: [, text] }) => Number(text)) },
    ];
    return toDataFrame({ refId: target.refId, fields });
  });
}

function Stat({ panel, queries, width, height }) {
  const { options, fieldConfig } = panel;
  const data = configured(seriesFrames(queries), fieldConfig);
  const context = { fieldConfig, theme, data, timeZone: 'utc', replaceVariables: (text) => text };
  const getValues = () =>
    getFieldDisplayValues({ ...context, reduceOptions: options.reduceOptions, sparkline: options.graphMode !== 'none' });
  const renderValue = ({ value, orientation, ...place }) => (
    <BigValue {...place} {...options} disableWideLayout={!options.wideLayout} parentOrientation={orientation} value={value.display} sparkline={value.sparkline} theme={theme} />
  );
  const orientation = width > height ? VizOrientation.Vertical : VizOrientation.Horizontal;
  const sizes = { width, height, orientation, autoGrid: true, renderCounter: 0, source: data };
  return <VizRepeater {...sizes} getValues={getValues} renderValue={renderValue} getAlignmentFactors={getDisplayValueAlignmentFactors} />;
}

function Lines({ panel, queries, width, height }) {
  const { defaults, overrides } = panel.fieldConfig;
  const data = configured(seriesFrames(queries), panel.fieldConfig);
  const standard = { drawStyle: 'line', showPoints: 'never', axisPlacement: 'auto', scaleDistribution: { type: 'linear' } };
  for (const frame of data) {
    const field = frame.fields[1];
    field.config.custom = { ...standard, hideFrom: {}, ...defaults.custom };
    for (const { matcher, properties } of overrides) {
      if (fieldMatchers.get(matcher.id).get(matcher.options)(field, frame, data)) {
        for (const { id, value } of properties) {
          if (id.startsWith('custom.')) field.config.custom[id.slice('custom.'.length)] = value;
        }
      }
    }
  }
  const [from, to] = range.map((seconds) => dateTime(seconds * 1000));
  const sizes = { width, height, structureRev: 1, timeZone: 'utc', timeRange: { from, to, raw: { from, to } } };
  return (
    <TimeSeries {...sizes} frames={data} legend={panel.options.legend} options={panel.options}>
      {() => null}
    </TimeSeries>
  );
}

/** The frames after the transformations of the panel, which are asynchronous. */
function useTransformed(panel, queries) {
  const [frames, setFrames] = useState([]);
  useEffect(() => {
    const data = queries[0]?.target.format === 'table' ? tableFrames(queries) : seriesFrames(queries);
    const subscription = transformDataFrame(panel.transformations ?? [], data).subscribe((found) =>
      setFrames(configured(found, panel.fieldConfig ?? { defaults: {}, overrides: [] }))
    );
    return () => subscription.unsubscribe();
  }, []);
  return frames;
}

function Rows({ panel, queries, width, height }) {
  const [frame] = useTransformed(panel, queries);
  if (!frame) return null;
  const { sortBy } = panel.options;
  return (
    <TableNG data={frame} width={width} height={height} sortBy={sortBy} cellHeight="sm" noValue="unknown" structureRev={1} enableVirtualization={false} />
  );
}

function written({ display, values }, row) {
  const { prefix = '', text, suffix = '' } = display(values[row]);
  return prefix + text + suffix;
}

function Bars({ panel, queries, width, height }) {
  const [frame] = useTransformed(panel, queries);
  if (!frame) return null;
  const [names, numbers] = frame.fields;
  const most = Math.max(...numbers.values.map(Math.abs), 1e-9);
  const every = Math.ceil((numbers.values.length * 100) / width);
  const half = (height - 60) / (numbers.values.some((each) => each < 0) ? 2 : 1);
  return (
    <div style={{ display: 'flex', height, gap: every === 1 ? 12 : 2, padding: '0 40px' }}>
      {numbers.values.map((value, row) => {
        const size = (Math.abs(value) / most) * half;
        const color = numbers.display(value).color;
        return (
          <div key={row} style={{ flex: 1, position: 'relative', textAlign: 'center', fontSize: 12, minWidth: 0 }}>
            <div style={{ position: 'absolute', left: 0, right: 0, top: 20 + half - (value > 0 ? size : 0), height: size, background: color, opacity: 0.8 }} />
            <div style={{ ...label, top: value > 0 ? 2 + half - size : 22 + half + size }}>{every === 1 && written(numbers, row)}</div>
            <div style={{ ...label, bottom: 0 }}>{row % every === 0 && names.values[row]}</div>
          </div>
        );
      })}
    </div>
  );
}

const label = { position: 'absolute', left: '50%', transform: 'translateX(-50%)', whiteSpace: 'nowrap' };
const cut = { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' };

/** A row of cells over time per series: of a heat map, darker for more, or of a timeline, in the colour of the state. */
function Cells({ panel, queries, width, height }) {
  const frames = configured(seriesFrames(queries), panel.fieldConfig);
  const known = frames.flatMap((frame) => frame.fields[1].values.filter((value) => value !== null));
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const shade = (value) => `rgba(255, 152, 48, ${0.1 + (0.9 * (value - least)) / (most - least || 1)})`;
  const size = Math.min(24, (height - 8) / frames.length);
  const left = 180;
  return frames.map((frame, row) => {
    const [times, numbers] = frame.fields;
    const place = (at) => left + ((at / 1000 - range[0]) / (range[1] - range[0])) * (width - left);
    const step = (width - left) / 300 + 0.5;
    return (
      <div key={row} style={{ position: 'absolute', top: row * size, height: size - 1, left: 0, right: 0, fontSize: Math.min(12, size) }}>
        <span style={{ position: 'absolute', left: 4, width: left - 8, lineHeight: `${size - 1}px`, ...cut }}>{getFieldDisplayName(numbers, frame, frames)}</span>
        {numbers.values.map((value, point) =>
          value === null ? null : (
            <i key={point} style={{ position: 'absolute', left: place(times.values[point]), width: step, top: 0, bottom: 0, background: panel.type === 'heatmap' ? shade(value) : numbers.display(value).color }} />
          )
        )}
      </div>
    );
  });
}

function Text({ panel }) {
  return <div style={{ overflow: 'auto', height: '100%', fontSize: 12 }}>{panel.options.content}</div>;
}

function Panel({ panel }) {
  const { x, y, w, h } = panel.gridPos;
  const width = w * COLUMN - GAP;
  const height = h * (ROW + GAP) - GAP;
  const style = { position: 'absolute', left: GAP + x * COLUMN, top: GAP + y * (ROW + GAP), width, height };
  if (panel.type === 'row') {
    return <div style={{ ...style, color: theme.colors.text.primary, fontSize: 18 }}>{panel.title}</div>;
  }
  const Body = { stat: Stat, timeseries: Lines, table: Rows, barchart: Bars, text: Text }[panel.type] ?? Cells;
  return (
    <div style={style} data-panel={panel.title || panel.description} data-type={panel.type}>
      <PanelChrome title={panel.title} hoverHeader={!panel.title} width={width} height={height}>
        {(innerWidth, innerHeight) => (
          <div style={{ height: innerHeight, overflow: 'hidden', position: 'relative' }}>
            <Body panel={panel} queries={answers[panel.id] ?? []} width={innerWidth} height={innerHeight} />
          </div>
        )}
      </PanelChrome>
    </div>
  );
}

const rows = Math.max(...board.panels.map(({ gridPos: { y, h } }) => y + h));
await Promise.all([400, 500, 600].map((weight) => document.fonts.load(`${weight} 24px Inter`)));
createRoot(document.getElementById('root')).render(
  <ThemeContext.Provider value={theme}>
    <GlobalStyles />
    <div style={{ position: 'relative', width: WIDTH, fontFamily: theme.typography.fontFamily, height: GAP + rows * (ROW + GAP), background: theme.colors.background.canvas }}>
      {board.panels.map((panel) => (
        <Panel key={panel.id} panel={panel} />
      ))}
    </div>
  </ThemeContext.Provider>
);
