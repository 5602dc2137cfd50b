import { Button, Input, Select } from 'antd';
import { useState } from 'react';
import { useAct } from '../app/act';
import { put } from '../app/http';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Fault } from '../parts/Fault';
import { Labelled } from '../parts/Labelled';

type Said = Schema<'Said'>;

const ROLES: Schema<'Role'>[] = [
  'plc', 'hmi', 'engineering_station', 'scada', 'historian', 'server', 'gateway', 'drive', 'cnc', 'robot', 'camera', 'printer', 'switch', 'router', 'pc', 'phone',
];
const FLAGS: Schema<'Flag'>[] = ['authorised_scanner', 'engineering_station', 'redundant_pair'];
const IMPORTANCES: Schema<'Importance'>[] = ['low', 'normal', 'high', 'critical'];

interface SaidFormProps {
  asset: Schema<'AssetDetail'>;
  onSaid: (now: Schema<'AssetDetail'>) => void;
}

/** What a person says of a machine; it stands above everything that was seen. */
export function SaidForm({ asset, onSaid }: SaidFormProps) {
  const { t } = useWords();
  const [said, setSaid] = useState<Said>(asset.said);
  const { fault, busy, act } = useAct();
  const change = (part: Partial<Said>) => setSaid((old) => ({ ...old, ...part }));
  const keep = () => void act(put('/api/v1/assets/{id}/said', { path: { id: asset.id }, body: said }), onSaid);
  const text = (name: 'name' | 'zone' | 'identifier_code' | 'note') => (
    <Labelled label={t(`console.said.${name}`)}>
      <Input value={said[name] ?? ''} maxLength={200} onChange={(event) => change({ [name]: event.target.value || null })} />
    </Labelled>
  );
  return (
    <Card title={t('console.said.title')}>
      {text('name')}
      <Labelled label={t('console.assets.role')}>
        <Select allowClear aria-label={t('console.assets.role')} value={said.role ?? null} options={ROLES.map((value) => ({ value, label: t(`role.${value}`) }))} onChange={(role) => change({ role: role ?? null })} />
      </Labelled>
      {text('zone')}
      <Labelled label={t('console.said.level')}>
        <Select
          allowClear
          aria-label={t('console.said.level')}
          value={said.level ?? null}
          options={[0, 1, 2, 3, 4, 5].map((value) => ({ value, label: t('console.assets.level', { level: value }) }))}
          onChange={(level) => change({ level: level ?? null })}
        />
      </Labelled>
      <Labelled label={t('console.said.importance')}>
        <Select
          aria-label={t('console.said.importance')}
          value={said.importance ?? 'normal'}
          options={IMPORTANCES.map((value) => ({ value, label: t(`console.importance.${value}`) }))}
          onChange={(importance) => change({ importance })}
        />
      </Labelled>
      <Labelled label={t('console.said.flags')}>
        <Select mode="multiple" aria-label={t('console.said.flags')} value={said.flags ?? []} options={FLAGS.map((value) => ({ value, label: t(`console.flag.${value}`) }))} onChange={(flags) => change({ flags })} />
      </Labelled>
      {text('identifier_code')}
      {text('note')}
      <Fault error={fault} />
      <Button type="primary" loading={busy} onClick={keep}>
        {t('console.said.keep')}
      </Button>
    </Card>
  );
}
