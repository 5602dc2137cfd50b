import { Input, Select } from 'antd';
import { useState } from 'react';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Labelled } from '../parts/Labelled';
import { AddForm, Remove } from './AddForm';
import { WorkingHours } from './WorkingHours';
import type { PartProps } from './part';

type Zone = Schema<'Zone'>;

const MODES: Schema<'ZoneMode'>[] = ['strict', 'adaptive'];

/** Parts of the plant: strict or adaptive, with level and working hours. */
export function Zones({ body, onChange }: PartProps) {
  const { t, list } = useWords();
  const zones = body.zones ?? [];
  const [draft, setDraft] = useState({ name: '', ranges: '' });
  const put = (name: string, part: Partial<Zone>) => void onChange({ zones: zones.map((zone) => (zone.name === name ? { ...zone, ...part } : zone)) });
  const putHours = (name: string, hours: Schema<'Hours'>[]) => put(name, { hours });
  const add = async () => {
    const ranges = draft.ranges.split(/[\s,，]+/).filter(Boolean);
    const zone: Zone = { name: draft.name.trim(), ranges, members: [], mode: 'strict', level: null, hours: [] };
    if (await onChange({ zones: [...zones, zone] })) setDraft({ name: '', ranges: '' });
  };
  return (
    <Card title={t('console.policy.zones')}>
      {zones.length === 0 && <p className="weak">{t('console.policy.no_zones')}</p>}
      <ul className="policy-list">
        {zones.map((zone) => (
          <li key={zone.name}>
            <div className="policy-head">
              <strong>{zone.name}</strong> <span className="mono weak">{list(zone.ranges)}</span>
              <span className="grow" />
              <Select aria-label={`${t('console.policy.mode')} ${zone.name}`} value={zone.mode ?? 'strict'} options={MODES.map((value) => ({ value, label: t(`console.zone_mode.${value}`) }))} onChange={(mode) => put(zone.name, { mode })} />
              <Select
                allowClear
                aria-label={`${t('console.said.level')} ${zone.name}`}
                placeholder={t('console.said.level')}
                value={zone.level ?? null}
                options={[0, 1, 2, 3, 4, 5].map((value) => ({ value, label: t('console.assets.level', { level: value }) }))}
                onChange={(level) => put(zone.name, { level: level ?? null })}
              />
              <Remove name={zone.name} onRemove={() => void onChange({ zones: zones.filter((one) => one !== zone) })} />
            </div>
            <WorkingHours zone={zone} onChange={(hours) => putHours(zone.name, hours)} />
          </li>
        ))}
      </ul>
      <AddForm ready={draft.name.trim() !== '' && draft.ranges.trim() !== ''} onAdd={() => void add()}>
        <Labelled label={t('console.policy.zone_name')}>
          <Input value={draft.name} maxLength={100} onChange={(event) => setDraft({ ...draft, name: event.target.value })} />
        </Labelled>
        <Labelled label={t('console.policy.ranges')}>
          <Input className="mono" placeholder="10.20.0.0/24" value={draft.ranges} maxLength={500} onChange={(event) => setDraft({ ...draft, ranges: event.target.value })} />
        </Labelled>
      </AddForm>
    </Card>
  );
}
