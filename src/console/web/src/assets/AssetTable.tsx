import { Table } from 'antd';
import type { TableColumnsType } from 'antd';
import { Link, useLocation, useNavigate } from 'react-router';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Ago } from '../parts/Moment';
import { protocolName } from '../parts/Protocol';
import { RoleMark } from './RoleMark';

type AssetRow = Schema<'AssetRow'>;

export function AssetTable({ rows }: { rows: AssetRow[] }) {
  const words = useWords();
  const { t } = words;
  const navigate = useNavigate();
  const { search } = useLocation();
  const none = <span className="weak">{t('console.none')}</span>;
  const columns: TableColumnsType<AssetRow> = [
    {
      title: t('console.assets.name'),
      render: (_, row) => (
        <>
          <Link to={`/assets/${row.id}`} state={{ search }} className="row-title">
            {row.label}
          </Link>
          <span className="row-sub mono">{row.macs.join(', ')}</span>
        </>
      ),
    },
    { title: t('console.assets.role'), width: 170, render: (_, row) => <RoleMark role={row.role} confidence={row.role_confidence} /> },
    {
      title: t('console.assets.make'),
      width: '24%',
      render: (_, row) =>
        row.vendor || row.model ? (
          <>
            {row.model ?? row.vendor}
            {row.model && row.vendor && <span className="row-sub">{row.vendor}</span>}
          </>
        ) : (
          none
        ),
    },
    {
      title: t('console.assets.zone'),
      width: 150,
      render: (_, row) => (
        <>
          {row.zone ?? none}
          {row.level != null && <span className="row-sub">{t('console.assets.level', { level: row.level })}</span>}
        </>
      ),
    },
    { title: t('console.fact.firmware'), width: 120, render: (_, row) => row.firmware ?? none },
    {
      title: t('console.assets.protocols'),
      width: 160,
      render: (_, row) => (row.protocols.length > 0 ? row.protocols.map((name) => protocolName(words, name)).join(', ') : none),
    },
    { title: t('console.assets.last'), width: 130, render: (_, row) => <Ago at={row.last} /> },
  ];
  return (
    <Table
      className="list-table"
      rowKey="id"
      columns={columns}
      dataSource={rows}
      pagination={false}
      onRow={(row) => ({ onClick: () => void navigate(`/assets/${row.id}`, { state: { search } }) })}
    />
  );
}
