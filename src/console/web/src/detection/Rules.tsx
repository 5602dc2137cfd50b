import '../styles/lists.css';
import '../styles/detail.css';
import '../styles/detection.css';
import { Table } from 'antd';
import type { TableColumnsType } from 'antd';
import { useAct } from '../app/act';
import { useFilters } from '../app/filters';
import { get, post } from '../app/http';
import type { Schema } from '../app/http';
import { useLoad } from '../app/load';
import { useNarrow } from '../app/narrow';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Chips } from '../parts/Chips';
import { Failure } from '../parts/Failure';
import { Fault } from '../parts/Fault';
import { Pages } from '../parts/Pages';
import { SearchField } from '../parts/SearchField';
import { SeverityMark } from '../parts/SeverityMark';
import { Toggle } from '../parts/Toggle';
import { Waiting } from '../parts/Waiting';
import { RuleUpload } from './RuleUpload';
import { DetectionTabs } from './tabs';

type RuleRow = Schema<'RuleRow'>;

const PAGE_SIZE = 50;

/** The rules in use: found, switched, brought and taken away. */
export default function Rules() {
  const words = useWords();
  const { t, count, say } = words;
  const filters = useFilters();
  useTitle(t('console.rules.title'));
  const narrow = useNarrow();
  const { fault, act } = useAct();
  const [off, limited] = [filters.value('off') !== '', filters.value('limited') !== ''];
  const query = { search: filters.value('search'), off, limited, page: filters.page, size: PAGE_SIZE };
  const list = useLoad(JSON.stringify(query), (signal) => get('/api/v1/rules', { query, signal }));
  const turn = (name: string, on: boolean) =>
    void act(post('/api/v1/switch', { body: { source: name, on } }), () =>
      list.set((page) => ({ ...page, items: page.items.map((row) => (row.name === name ? { ...row, on } : row)) })),
    );
  const columns: TableColumnsType<RuleRow> = [
    { title: t('console.rules.on'), width: 84, render: (_, row) => <Toggle on={row.on} label={t('console.switch', { name: row.name })} onChange={(on) => turn(row.name, on)} /> },
    {
      title: t('console.rules.rule'),
      render: (_, row) => (
        <>
          <span className="row-title">{say(row.message)}</span>
          <span className="row-sub">
            <span className="mono">{row.revision > 0 ? `${row.name}:${row.revision}` : row.name}</span>
            {row.classtype && ` · ${row.classtype}`}
          </span>
          {narrow && row.severity && <SeverityMark severity={row.severity} />}
          {row.limits.length > 0 && <span className="row-sub rule-limit">{t('console.rules.limit', { limit: row.limits.join('; ') })}</span>}
        </>
      ),
    },
  ];
  // A narrow screen has the severity below the name, and no room for the rest.
  const more: TableColumnsType<RuleRow> = [
    { title: t('console.alerts.severity'), width: 110, render: (_, row) => (row.severity ? <SeverityMark severity={row.severity} /> : <span className="weak">{t('console.none')}</span>) },
    { title: t('console.rules.techniques'), width: 130, render: (_, row) => <span className="mono">{row.techniques.join(', ')}</span> },
    {
      title: t('console.rules.file'),
      width: '22%',
      render: (_, row) => (
        <>
          <span className="mono rule-file">{row.file.split('/').at(-1)}</span>
          {row.line > 0 && <span className="row-sub">{t('console.rules.line', { line: row.line })}</span>}
        </>
      ),
    },
  ];
  return (
    <>
      <DetectionTabs />
      <header className="page-head">
        <h1>{t('console.rules.title')}</h1>
        <p className="weak" role="status">
          {list.data && count('console.rules.found', list.data.total)}
        </p>
      </header>
      <p className="page-what weak">{t('console.rules.what')}</p>
      <RuleUpload files={list.data?.files ?? []} onChanged={list.reload} />
      <div className="filters">
        <Chips
          label={t('console.rules.filter')}
          options={[
            { value: 'off', content: t('console.catalogue.off') },
            { value: 'limited', content: t('console.rules.limited') },
          ]}
          chosen={[off ? 'off' : '', limited ? 'limited' : '']}
          onChoose={(value) => filters.change({ [value]: filters.value(value) === '' ? '1' : '' })}
        />
        <div className="filters-right">
          <SearchField label={t('console.rules.search')} value={query.search} onSearch={(search) => filters.change({ search })} />
        </div>
      </div>
      <Fault error={fault} />
      {list.error !== null && <Failure error={list.error} onRetry={list.reload} />}
      {!list.data && list.loading && <Waiting />}
      {list.data && <Table className="list-table list-still" rowKey="name" columns={narrow ? columns : [...columns, ...more]} dataSource={list.data.items} pagination={false} />}
      <Pages page={filters.page} size={PAGE_SIZE} total={list.data?.total ?? 0} onPage={(page) => filters.change({ page: String(page) })} />
      {list.data && list.data.refused > 0 && (
        <Card title={t('console.rules.refusals')} aside={<span className="weak">{count('console.rules.refused', list.data.refused)}</span>} className="after-list">
          <ul className="refusals">
            {list.data.refusals.map((one, index) => (
              <li key={`${one.file} ${one.line} ${index}`}>
                <span className="mono">
                  {one.file}:{one.line}
                </span>{' '}
                {one.reason}
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}
