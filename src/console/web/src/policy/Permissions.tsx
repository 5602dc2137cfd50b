import { Input } from 'antd';
import { useState } from 'react';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Labelled } from '../parts/Labelled';
import { Moment } from '../parts/Moment';
import { AddForm, Remove } from './AddForm';
import { Times } from './Times';
import type { Span } from './Times';
import type { PartProps } from './part';

/** Who may do what for a time. */
export function Permissions({ body, onChange }: PartProps) {
  const { t } = useWords();
  const permissions = body.permissions ?? [];
  const [draft, setDraft] = useState<{ name: string; client: string; server: string; times: Span | null }>({ name: '', client: '', server: '', times: null });
  const [turn, setTurn] = useState(0);
  const add = async () => {
    if (!draft.times) return;
    const permission: Schema<'Permission'> = { name: draft.name.trim(), client: draft.client.trim(), server: draft.server.trim() || null, service: null, ...draft.times };
    if (await onChange({ permissions: [...permissions, permission] })) {
      setDraft({ name: '', client: '', server: '', times: null });
      setTurn(turn + 1);
    }
  };
  return (
    <Card title={t('console.policy.permissions')}>
      <p className="weak">{t('console.policy.permissions_what')}</p>
      {permissions.length === 0 && <p className="weak">{t('console.policy.no_permissions')}</p>}
      <ul className="policy-list">
        {permissions.map((one) => (
          <li key={`${one.name} ${one.from}`} className="policy-head">
            <strong>{one.name}</strong>{' '}
            <span className="mono">
              {one.client} → {one.server ?? '*'}
            </span>
            <span className="weak grow">
              <Moment at={one.from} /> – <Moment at={one.to} />
            </span>
            <Remove name={one.name} onRemove={() => void onChange({ permissions: permissions.filter((other) => other !== one) })} />
          </li>
        ))}
      </ul>
      <AddForm key={turn} ready={draft.name.trim() !== '' && draft.client.trim() !== '' && draft.times !== null} onAdd={() => void add()}>
        <Labelled label={t('console.policy.permission_name')}>
          <Input value={draft.name} maxLength={100} onChange={(event) => setDraft({ ...draft, name: event.target.value })} />
        </Labelled>
        <Labelled label={t('console.permission_field.client')}>
          <Input className="mono" value={draft.client} maxLength={50} onChange={(event) => setDraft({ ...draft, client: event.target.value })} />
        </Labelled>
        <Labelled label={t('console.permission_field.server')}>
          <Input className="mono" value={draft.server} maxLength={50} onChange={(event) => setDraft({ ...draft, server: event.target.value })} />
        </Labelled>
        <Times onTimes={(times) => setDraft({ ...draft, times })} />
      </AddForm>
    </Card>
  );
}
