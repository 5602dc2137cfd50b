import { Button, Input } from 'antd';
import { useState } from 'react';
import { useAct } from '../app/act';
import { post } from '../app/http';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Fault } from '../parts/Fault';

interface BulkBarProps {
  ids: string[];
  onDone: () => void;
}

const ACTS = ['acknowledge', 'normal', 'incident'] as const;

/** The same with every alert that was ticked. */
export function BulkBar({ ids, onDone }: BulkBarProps) {
  const { t, count } = useWords();
  const [assignee, setAssignee] = useState('');
  const { fault, busy, act } = useAct();
  const all = (what: Schema<'BulkAct'>) => {
    if ((what === 'normal' || what === 'incident') && !window.confirm(count('console.bulk.sure', ids.length, { act: t(`console.bulk.${what}`) }))) return;
    const body = { ids, act: what, comment: null, assignee: what === 'assign' ? assignee.trim() || null : null };
    void act(post('/api/v1/alerts/bulk', { body }), onDone);
  };
  if (ids.length === 0) return null;
  return (
    <div className="bulk" role="region" aria-label={t('console.bulk.title')}>
      <strong>{count('console.bulk.chosen', ids.length)}</strong>
      {ACTS.map((one) => (
        <Button key={one} disabled={busy} onClick={() => all(one)}>
          {t(`console.bulk.${one}`)}
        </Button>
      ))}
      <Input className="bulk-name" aria-label={t('console.handling.assignee')} placeholder={t('console.handling.assignee')} maxLength={64} value={assignee} onChange={(event) => setAssignee(event.target.value)} />
      <Button disabled={busy || assignee.trim() === ''} onClick={() => all('assign')}>
        {t('console.bulk.assign')}
      </Button>
      <Fault error={fault} />
    </div>
  );
}
