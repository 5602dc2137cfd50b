import '../styles/lists.css';
import '../styles/detail.css';
import '../styles/matrix.css';
import { Select } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { useFilters } from '../app/filters';
import { get } from '../app/http';
import type { Schema } from '../app/http';
import { useLoad } from '../app/load';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Chips } from '../parts/Chips';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { PlainTable } from '../parts/PlainTable';
import { protocolName } from '../parts/Protocol';
import { Waiting } from '../parts/Waiting';
import { TopologyTabs } from './tabs';

type View = Schema<'Matrix'>;
type Cell = Schema<'MatrixCell'>;

const CLASSES: Schema<'Class'>[] = ['read', 'write', 'control', 'program', 'identify', 'diagnose', 'configure', 'session', 'subscribe'];
/** The weightier, the earlier: it gives a cell its letter and colour. */
const WEIGHT: Schema<'Class'>[] = ['program', 'control', 'configure', 'write'];

/** Clients by servers, each cell with what is asked there. */
export default function Matrix() {
  const words = useWords();
  const { t } = words;
  const filters = useFilters();
  useTitle(t('console.matrix.title'));
  const protocol = filters.value('protocol');
  const chosen = CLASSES.find((one) => one === filters.value('class')) ?? null;
  const query = { protocol, class: chosen };
  const matrix = useLoad(JSON.stringify(query), (signal) => get('/api/v1/matrix', { query, signal }));
  const view = matrix.data;
  return (
    <>
      <TopologyTabs />
      <header className="page-head">
        <h1>{t('console.matrix.title')}</h1>
        {view?.cut && <p className="weak">{t('console.matrix.cut')}</p>}
      </header>
      <p className="page-what weak">{t('console.matrix.what')}</p>
      <div className="filters">
        <Chips
          label={t('console.matrix.class')}
          options={CLASSES.map((value) => ({ value, content: t(`console.function_class.${value}`) }))}
          chosen={chosen ? [chosen] : []}
          onChoose={(value) => filters.change({ class: value === chosen ? '' : value })}
        />
        <div className="filters-right">
          <Select
            className="order-field"
            aria-label={t('console.alert.protocol')}
            value={protocol}
            options={[{ value: '', label: t('console.matrix.all') }, ...(view?.protocols ?? []).map((value) => ({ value, label: protocolName(words, value) }))]}
            onChange={(value) => filters.change({ protocol: value })}
          />
        </div>
      </div>
      {matrix.error !== null && <Failure error={matrix.error} onRetry={matrix.reload} />}
      {!view && matrix.loading && <Waiting />}
      {view?.cells.length === 0 && <Empty title={t('console.matrix.none')} />}
      {view && view.cells.length > 0 && <Grid view={view} />}
    </>
  );
}

function Grid({ view }: { view: View }) {
  const words = useWords();
  const { t, count } = words;
  const [shown, setShown] = useState<Cell | null>(null);
  const cells = new Map(view.cells.map((cell) => [`${cell.client} ${cell.server}`, cell]));
  const [client, server] = shown ? [view.clients[shown.client], view.servers[shown.server]] : [];
  return (
    <>
      <div className="matrix-frame card" tabIndex={0} role="region" aria-label={t('console.matrix.title')}>
        <table className="matrix">
          <thead>
            <tr>
              <td className="matrix-corner weak">{t('console.matrix.corner')}</td>
              {view.servers.map((end) => (
                <th key={end.id} scope="col">
                  <Link to={`/assets/${end.id}`}>{end.label}</Link>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {view.clients.map((end, row) => (
              <tr key={end.id}>
                <th scope="row">
                  <Link to={`/assets/${end.id}`}>{end.label}</Link>
                </th>
                {view.servers.map((other, column) => {
                  const cell = cells.get(`${row} ${column}`);
                  if (!cell) return <td key={other.id} />;
                  const gravest = WEIGHT.find((one) => cell.functions.some((each) => each.class === one));
                  return (
                    <td key={other.id}>
                      <button type="button" className={`matrix-cell matrix-${gravest ?? 'read'}`} aria-pressed={cell === shown} title={`${end.label} → ${other.label}`} onClick={() => setShown(cell === shown ? null : cell)}>
                        {cell.protocols.map((name) => protocolName(words, name)).join(', ')}
                        <span className="row-sub">{gravest ? t(`console.function_class.${gravest}`) : cell.functions.length > 0 ? count('console.matrix.functions', cell.functions.length) : t('console.matrix.unknown')}</span>
                      </button>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown && client && server && <Functions cell={shown} title={`${client.label} → ${server.label}`} />}
    </>
  );
}

function Functions({ cell, title }: { cell: Cell; title: string }) {
  const words = useWords();
  const { t, number } = words;
  const columns = [t('console.alert.protocol'), t('console.matrix.function'), t('console.matrix.class'), { number: t('console.alerts.count') }];
  return (
    <Card title={title} className="after-list">
      {cell.functions.length === 0 && <p className="weak">{t('console.matrix.no_functions')}</p>}
      {cell.functions.length > 0 && (
        <PlainTable label={title} columns={columns}>
          {cell.functions.map((one) => (
            <tr key={`${one.protocol} ${one.name}`}>
              <td>{protocolName(words, one.protocol)}</td>
              <td className="mono">{one.name}</td>
              <td>{t(`console.function_class.${one.class}`)}</td>
              <td className="number">{number(one.count)}</td>
            </tr>
          ))}
        </PlainTable>
      )}
    </Card>
  );
}
