import { Table } from 'antd';
import type { TableColumnsType, TableProps } from 'antd';
import { Link, useLocation, useNavigate } from 'react-router';
import type { Filters } from '../app/filters';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Moment } from '../parts/Moment';
import { Parties } from '../parts/PartyLine';
import { protocolName } from '../parts/Protocol';
import { SeverityMark } from '../parts/SeverityMark';
import { StateMark } from '../parts/StateMark';
import { chosenOrder } from './query';

type AlertRow = Schema<'AlertRow'>;

interface AlertTableProps {
  rows: AlertRow[];
  filters: Filters;
  /** Ids of the rows that are ticked. */
  chosen: string[];
  onChoose: (ids: string[]) => void;
}

export function AlertTable({ rows, filters, chosen, onChoose }: AlertTableProps) {
  const words = useWords();
  const { t, say, number } = words;
  const navigate = useNavigate();
  const { search } = useLocation();
  const order = chosenOrder(filters.value('sort'));

  // The sensor sorts; the table only shows and asks. Its "ascending" is the API's leading minus.
  const sorted = (key: string) => ({
    key,
    sorter: true,
    showSorterTooltip: false,
    sortOrder: order === key ? ('descend' as const) : order === `-${key}` ? ('ascend' as const) : null,
    sortDirections: ['descend' as const, 'ascend' as const, 'descend' as const],
  });
  const columns: TableColumnsType<AlertRow> = [
    { ...sorted('severity'), title: t('console.alerts.severity'), width: 116, render: (_, row) => <SeverityMark severity={row.severity} /> },
    {
      title: t('console.alerts.what'),
      render: (_, row) => (
        <>
          <Link to={`/alerts/${row.id}`} state={{ search }} className="row-title">
            {say(row.title)}
          </Link>
          <span className="row-sub">
            <span className="mono">{row.source}</span> · {protocolName(words, row.protocol)}
            {row.outcome && ` · ${t(`outcome.${row.outcome}`)}`}
          </span>
        </>
      ),
    },
    { title: t('console.alerts.who'), width: '30%', render: (_, row) => <Parties client={row.client} server={row.server} /> },
    { ...sorted('count'), title: t('console.alerts.count'), width: 92, align: 'right', render: (_, row) => number(row.count) },
    { ...sorted('last'), title: t('console.alerts.last'), width: 170, render: (_, row) => <Moment at={row.last} /> },
    {
      title: t('console.alerts.state'),
      width: 150,
      render: (_, row) => (
        <>
          <StateMark row={row} />
          {row.assignee && <span className="row-sub">{row.assignee}</span>}
        </>
      ),
    },
  ];
  const onChange: TableProps<AlertRow>['onChange'] = (_pages, _filters, sorter) => {
    if (Array.isArray(sorter) || !sorter.columnKey) return;
    const key = String(sorter.columnKey);
    filters.change({ sort: sorter.order === 'ascend' ? `-${key}` : key });
  };
  return (
    <Table
      className="list-table"
      rowKey="id"
      columns={columns}
      dataSource={rows}
      pagination={false}
      rowSelection={{
        selectedRowKeys: chosen,
        onChange: (keys) => onChoose(keys.map(String)),
        getTitleCheckboxProps: () => ({ 'aria-label': t('console.bulk.all') }),
        getCheckboxProps: (row) => ({ 'aria-label': say(row.title) }),
        onCell: () => ({ onClick: (event) => event.stopPropagation() }),
      }}
      onChange={onChange}
      rowClassName={(row) => `alert-row alert-${row.state} severity-${row.severity}`}
      onRow={(row) => ({ onClick: () => void navigate(`/alerts/${row.id}`, { state: { search } }) })}
    />
  );
}
