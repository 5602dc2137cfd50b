import { Table } from 'antd';
import type { TableColumnsType } from 'antd';
import { useAct } from '../app/act';
import type { Filters } from '../app/filters';
import { get, post } from '../app/http';
import type { Schema } from '../app/http';
import { useLoad } from '../app/load';
import { useNarrow } from '../app/narrow';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Chips } from '../parts/Chips';
import { Failure } from '../parts/Failure';
import { Fault } from '../parts/Fault';
import { Pages } from '../parts/Pages';
import { protocolName } from '../parts/Protocol';
import { SearchField } from '../parts/SearchField';
import { ImportBaseline } from './ImportBaseline';

type Row = Schema<'RowView'>;

const PAGE_SIZE = 20;
const SCENARIOS: Schema<'Scenario'>[] = ['hosts', 'addresses', 'links', 'functions', 'objects', 'values', 'writers', 'rhythm', 'order', 'volume'];

function Aside({ onImported }: { onImported: () => void }) {
  const { t } = useWords();
  return (
    <>
      <a href="/api/v1/baseline/file">{t('console.baseline.export')}</a> <ImportBaseline onDone={onImported} />
    </>
  );
}

/** Who talks to whom; of an address and its cards the address, which the row's name ends in. */
function titleOf(row: Row): string {
  if (row.client) return `${row.client} → ${row.server}`;
  return row.scenario === 'addresses' ? (row.id.split('|').at(-1) ?? row.normal) : row.normal;
}

interface RowsProps {
  filters: Filters;
  onChanged: () => void;
}

/** Everything learnt, row by row: each can be explained, locked and removed. */
export function Rows({ filters, onChanged }: RowsProps) {
  const words = useWords();
  const { t, number, say } = words;
  const narrow = useNarrow();
  const { fault, act } = useAct();
  const scenario = SCENARIOS.find((one) => one === filters.value('scenario')) ?? null;
  const query = { scenario, search: filters.value('search'), page: filters.page, size: PAGE_SIZE };
  const list = useLoad(JSON.stringify(query), (signal) => get('/api/v1/baseline/rows', { query, signal }));
  const changed = () => (list.reload(), onChanged());
  const normal = (row: Row) => (
    <>
      <span className="mono baseline-normal">{row.normal}</span>
      <span className="row-sub">{say(row.explanation)}</span>
    </>
  );
  const more: TableColumnsType<Row> = [
    { title: t('console.baseline.normal'), width: '34%', render: (_, row) => normal(row) },
    { title: t('console.baseline.count'), width: 90, align: 'right', render: (_, row) => number(row.count) },
  ];
  const columns: TableColumnsType<Row> = [
    {
      title: t('console.baseline.row'),
      render: (_, row) => (
        <>
          <span className="row-title">{titleOf(row)}</span>
          <span className="row-sub">{[t(`scenario.${row.scenario}`), row.protocol && protocolName(words, row.protocol), row.function, row.object].filter(Boolean).join(' · ')}</span>
          {narrow && normal(row)}
        </>
      ),
    },
    ...(narrow ? [] : more),
    {
      title: t('console.baseline.acts'),
      width: narrow ? 72 : 130,
      render: (_, row) => (
        <span className="baseline-acts">
          <button type="button" className="text-button" onClick={() => void act(post('/api/v1/baseline/row/lock', { body: { id: row.id, locked: !row.locked } }), changed)}>
            {t(row.locked ? 'console.baseline.unlock' : 'console.baseline.lock')}
          </button>
          <button type="button" className="text-button" disabled={row.locked} onClick={() => void act(post('/api/v1/baseline/row/remove', { body: { id: row.id } }), changed)}>
            {t('console.baseline.remove')}
          </button>
        </span>
      ),
    },
  ];
  return (
    <Card title={t('console.baseline.learnt')} aside={<Aside onImported={changed} />}>
      <div className="filters">
        <Chips
          label={t('console.baseline.scenario')}
          options={SCENARIOS.map((value) => ({ value, content: t(`scenario.${value}`) }))}
          chosen={scenario ? [scenario] : []}
          onChoose={(value) => filters.change({ scenario: value === scenario ? '' : value })}
        />
        <div className="filters-right">
          <SearchField label={t('console.baseline.search')} value={query.search} onSearch={(search) => filters.change({ search })} />
        </div>
      </div>
      <Fault error={fault} />
      {list.error !== null && <Failure error={list.error} onRetry={list.reload} />}
      <Table className="list-table" rowKey="id" columns={columns} dataSource={list.data?.items ?? []} pagination={false} />
      <Pages page={filters.page} size={PAGE_SIZE} total={list.data?.total ?? 0} onPage={(page) => filters.change({ page: String(page) })} />
    </Card>
  );
}
