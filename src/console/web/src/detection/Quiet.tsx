import '../styles/lists.css';
import '../styles/detail.css';
import '../styles/detection.css';
import { Button, Input } from 'antd';
import { useState } from 'react';
import { useAct } from '../app/act';
import { get, post } from '../app/http';
import { useLoad } from '../app/load';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { useNow } from '../live/now';
import { Card } from '../parts/Card';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { Fault } from '../parts/Fault';
import { Labelled } from '../parts/Labelled';
import { Ago, Moment } from '../parts/Moment';
import { PlainTable } from '../parts/PlainTable';
import { Waiting } from '../parts/Waiting';
import { SuppressDialog } from './SuppressDialog';
import { DetectionTabs } from './tabs';

const COLUMNS = ['source', 'scope', 'reason', 'until', 'by', 'held', 'act'] as const;

/** What people want to hear no more of: of what, between whom, why, until when, and how often it was held back. */
export default function Quiet() {
  const { t, count, number } = useWords();
  useTitle(t('console.quiet.title'));
  const list = useLoad('suppressions', (signal) => get('/api/v1/suppressions', { signal }));
  const { fault, act } = useAct();
  const now = useNow();
  const remove = (id: number) => void act(post('/api/v1/suppressions/{id}/remove', { path: { id } }), (left) => list.set(() => left));
  const rows = list.data ?? [];
  return (
    <>
      <DetectionTabs />
      <header className="page-head">
        <h1>{t('console.quiet.title')}</h1>
        <p className="weak" role="status">
          {list.data && count('console.quiet.found', rows.length)}
        </p>
      </header>
      <p className="page-what weak">{t('console.quiet.what')}</p>
      <Fault error={fault} />
      {list.error !== null && <Failure error={list.error} onRetry={list.reload} />}
      {!list.data && list.loading && <Waiting />}
      <Add onAdded={list.reload} />
      {list.data && rows.length === 0 && <Empty title={t('console.quiet.none')} />}
      {rows.length > 0 && (
        <PlainTable framed label={t('console.quiet.title')} columns={COLUMNS.map((name) => (name === 'held' ? { number: t('console.quiet_column.held') } : t(`console.quiet_column.${name}`)))}>
          {rows.map((row) => (
            <tr key={row.id}>
              <td className="mono">{row.source}</td>
              <td className="mono">
                {row.client ?? '*'} → {row.server ?? '*'}
              </td>
              <td>{row.reason}</td>
              <td>
                {row.until ? <Moment at={row.until} /> : t('console.quiet_time.d0')}
                {row.until && Date.parse(row.until) <= now && <span className="row-sub">{t('console.quiet.over')}</span>}
              </td>
              <td>
                {row.user}
                <span className="row-sub">
                  <Ago at={row.created} />
                </span>
              </td>
              <td className="number">{number(row.held_back ?? 0)}</td>
              <td>
                <button type="button" className="text-button" onClick={() => remove(row.id)}>
                  {t('console.quiet.speak_again')}
                </button>
              </td>
            </tr>
          ))}
        </PlainTable>
      )}
    </>
  );
}

/** A suppression that begins with no alert: only what is meant is asked here, the rest by the dialog. */
function Add({ onAdded }: { onAdded: () => void }) {
  const { t } = useWords();
  const [parts, setParts] = useState({ source: '', client: '', server: '' });
  const [open, setOpen] = useState(false);
  const field = (name: keyof typeof parts) => (
    <Labelled label={t(`console.quiet_field.${name}`)}>
      <Input value={parts[name]} maxLength={100} onChange={(event) => setParts((old) => ({ ...old, [name]: event.target.value.trim() }))} />
    </Labelled>
  );
  const dialog = `${parts.source} ${parts.client} ${parts.server}`;
  return (
    <Card title={t('console.quiet.add')} className="form-card">
      <div className="form-row">
        {field('source')}
        {field('client')}
        {field('server')}
        <Button disabled={parts.source === ''} onClick={() => setOpen(true)}>
          {t('console.quiet.next')}
        </Button>
      </div>
      <SuppressDialog
        key={dialog}
        open={open}
        source={parts.source}
        client={parts.client || null}
        server={parts.server || null}
        onDone={() => (setOpen(false), setParts({ source: '', client: '', server: '' }), onAdded())}
        onLeave={() => setOpen(false)}
      />
    </Card>
  );
}
