// Draws a board from its JSON and the answers to its queries with Grafana's own components, on Grafana's grid.
// What @grafana/ui has no component for (tables, bars, heat maps, timelines) is shown as rows of text.
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import {
  FieldType,
  Registry,
  ThemeContext,
  VizOrientation,
  applyFieldOverrides,
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

const { board, answers, range } = window.INPUT;
const WIDTH = 1920;
const ROW = 30;
const GAP = 8;
const COLUMN = (WIDTH - GAP) / 24;

const theme = createTheme({ colors: { mode: 'dark' } });
const properties = ['unit', 'decimals', 'displayName', 'noValue', 'links', 'thresholds', 'mappings', 'color'];
const fieldConfigRegistry = new Registry(() =>
  properties.map((id) => ({ id, path: id, name: id, process: (value) => value, shouldApply: () => true }))
);
const transformers = new Map(Object.values(standardTransformers).map((each) => [each.id, each]));
standardTransformersRegistry.setInit(() =>
  [...transformers].map(([id, each]) => ({ id, name: id, transformation: () => Promise.resolve(each) }))
);

function configured(data, fieldConfig) {
  const context = { theme, fieldConfigRegistry, timeZone: 'utc', replaceVariables: (text) => text };
  return applyFieldOverrides({ data, fieldConfig: structuredClone(fieldConfig), ...context });
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
    <BigValue {...place} {...options} parentOrientation={orientation} value={value.display} sparkline={value.sparkline} theme={theme} />
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

function Rows({ panel, queries }) {
  const [lines, setLines] = useState([]);
  useEffect(() => {
    const data = queries[0]?.target.format === 'table' ? tableFrames(queries) : seriesFrames(queries);
    const transformed = transformDataFrame(panel.transformations ?? [], data);
    const subscription = transformed.subscribe((found) => {
      const shown = configured(found, panel.fieldConfig ?? { defaults: {}, overrides: [] });
      setLines(shown.flatMap((frame) => [frame.fields.map((field) => getFieldDisplayName(field, frame, shown)), ...cells(frame)]));
    });
    return () => subscription.unsubscribe();
  }, []);
  return <pre style={{ border: 0, fontSize: 12 }}>{lines.map((cells) => `${cells.join(' | ')}\n`)}</pre>;
}

function cells(frame) {
  return Array.from({ length: frame.length }, (_, row) =>
    frame.fields.map(({ display, values }) => {
      const { prefix = '', text, suffix = '' } = display(values[row]);
      return prefix + text + suffix;
    })
  );
}

function Panel({ panel }) {
  const { x, y, w, h } = panel.gridPos;
  const width = w * COLUMN - GAP;
  const height = h * (ROW + GAP) - GAP;
  const style = { position: 'absolute', left: GAP + x * COLUMN, top: GAP + y * (ROW + GAP), width, height };
  if (panel.type === 'row') {
    return <div style={{ ...style, color: theme.colors.text.primary, fontSize: 18 }}>{panel.title}</div>;
  }
  const Body = { stat: Stat, timeseries: Lines }[panel.type] ?? Rows;
  return (
    <div style={style}>
      <PanelChrome title={panel.title} width={width} height={height}>
        {(innerWidth, innerHeight) => (
          <div style={{ height: innerHeight, overflow: 'hidden' }}>
            <Body panel={panel} queries={answers[panel.id] ?? []} width={innerWidth} height={innerHeight} />
          </div>
        )}
      </PanelChrome>
    </div>
  );
}

const rows = Math.max(...board.panels.map(({ gridPos: { y, h } }) => y + h));
createRoot(document.getElementById('root')).render(
  <ThemeContext.Provider value={theme}>
    <GlobalStyles />
    <div style={{ position: 'relative', width: WIDTH, height: GAP + rows * (ROW + GAP), background: theme.colors.background.canvas }}>
      {board.panels.map((panel) => (
        <Panel key={panel.id} panel={panel} />
      ))}
    </div>
  </ThemeContext.Provider>
);
