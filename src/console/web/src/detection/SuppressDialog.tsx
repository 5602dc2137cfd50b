import { Input, Modal, Radio, Select } from 'antd';
import { useId, useState } from 'react';
import { useAct } from '../app/act';
import { post } from '../app/http';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Fault } from '../parts/Fault';

const SCOPES = ['both', 'client', 'server', 'all'] as const;
/** Days; 0 is for good. */
const TIMES = [1, 7, 30, 90, 0] as const;
const LONGEST = 500;

interface SuppressDialogProps {
  open: boolean;
  source: string;
  client: string | null;
  server: string | null;
  onDone: () => void;
  onLeave: () => void;
}

/** Asks between whom, why and for how long something shall not raise alerts. */
export function SuppressDialog({ open, source, client, server, onDone, onLeave }: SuppressDialogProps) {
  const { t } = useWords();
  const [scope, setScope] = useState<(typeof SCOPES)[number]>(client && server ? 'both' : client ? 'client' : server ? 'server' : 'all');
  const [days, setDays] = useState<number>(7);
  const [reason, setReason] = useState('');
  const { busy, fault, act } = useAct();
  const field = useId();
  const possible = SCOPES.filter((one) => (one === 'both' ? client && server : one === 'client' ? client : one === 'server' ? server : true));
  const send = async () => {
    const until = days === 0 ? null : new Date(Date.now() + days * 86_400_000).toISOString();
    const body: Schema<'SuppressRequest'> = {
      source,
      client: scope === 'both' || scope === 'client' ? client : null,
      server: scope === 'both' || scope === 'server' ? server : null,
      reason,
      until,
    };
    await act(post('/api/v1/suppressions', { body }), () => (setReason(''), onDone()));
  };
  return (
    <Modal
      open={open}
      title={t('console.quiet.suppress', { source })}
      okText={t('console.quiet.button')}
      okButtonProps={{ loading: busy, disabled: reason.trim() === '' }}
      cancelText={t('console.cancel')}
      onOk={() => void send()}
      onCancel={onLeave}
    >
      <p>{t('console.quiet.suppress_what')}</p>
      <Radio.Group
        className="scope-choice"
        aria-label={t('console.quiet.scope')}
        value={scope}
        options={possible.map((value) => ({ value, label: t(`console.scope.${value}`, { client: client ?? '', server: server ?? '' }) }))}
        onChange={(event) => setScope(event.target.value as typeof scope)}
      />
      <p className="dialog-label">{t('console.quiet.time')}</p>
      <Select
        className="order-field"
        aria-label={t('console.quiet.time')}
        value={days}
        options={TIMES.map((value) => ({ value, label: t(`console.quiet_time.d${value}`) }))}
        onChange={setDays}
      />
      <label htmlFor={field} className="dialog-label">
        {t('console.quiet.reason')}
      </label>
      <Input.TextArea id={field} rows={2} maxLength={LONGEST} value={reason} onChange={(event) => setReason(event.target.value)} />
      <Fault error={fault} />
    </Modal>
  );
}
