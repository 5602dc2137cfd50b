import { Input, Select } from 'antd';
import { useState } from 'react';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Labelled } from '../parts/Labelled';
import { Moment } from '../parts/Moment';
import { AddForm, Remove } from './AddForm';
import { Times } from './Times';
import type { Span } from './Times';
import type { PartProps } from './part';

/** Announced work: while it lasts its deviations weigh less. */
export function Windows({ body, onChange }: PartProps) {
  const { t } = useWords();
  const windows = body.windows ?? [];
  const [draft, setDraft] = useState<{ name: string; zone: string | null; times: Span | null }>({ name: '', zone: null, times: null });
  const [turn, setTurn] = useState(0);
  const add = async () => {
    if (!draft.times) return;
    if (await onChange({ windows: [...windows, { name: draft.name.trim(), zone: draft.zone, ...draft.times }] })) {
      setDraft({ name: '', zone: null, times: null });
      setTurn(turn + 1);
    }
  };
  return (
    <Card title={t('console.policy.windows')}>
      <p className="weak">{t('console.policy.windows_what')}</p>
      {windows.length === 0 && <p className="weak">{t('console.policy.no_windows')}</p>}
      <ul className="policy-list">
        {windows.map((window) => (
          <li key={`${window.name} ${window.from}`} className="policy-head">
            <strong>{window.name}</strong> {window.zone ?? t('console.policy.everywhere')}
            <span className="weak grow">
              <Moment at={window.from} /> – <Moment at={window.to} />
            </span>
            <Remove name={window.name} onRemove={() => void onChange({ windows: windows.filter((one) => one !== window) })} />
          </li>
        ))}
      </ul>
      <AddForm key={turn} ready={draft.name.trim() !== '' && draft.times !== null} onAdd={() => void add()}>
        <Labelled label={t('console.policy.window_name')}>
          <Input value={draft.name} maxLength={100} onChange={(event) => setDraft({ ...draft, name: event.target.value })} />
        </Labelled>
        <Labelled label={t('console.assets.zone')}>
          <Select
            allowClear
            aria-label={t('console.assets.zone')}
            placeholder={t('console.policy.everywhere')}
            value={draft.zone}
            options={(body.zones ?? []).map((zone) => ({ value: zone.name, label: zone.name }))}
            onChange={(zone) => setDraft({ ...draft, zone: zone ?? null })}
          />
        </Labelled>
        <Times onTimes={(times) => setDraft({ ...draft, times })} />
      </AddForm>
    </Card>
  );
}
