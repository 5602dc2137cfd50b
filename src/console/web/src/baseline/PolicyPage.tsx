import '../styles/lists.css';
import '../styles/detail.css';
import '../styles/baseline.css';
import '../styles/policy.css';
import { Button, Checkbox, DatePicker, Input, Select } from 'antd';
import type { ReactNode } from 'react';
import { useState } from 'react';
import { Link } from 'react-router';
import { get, put } from '../app/http';
import type { Schema } from '../app/http';
import { useLoad } from '../app/load';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Failure } from '../parts/Failure';
import { Moment } from '../parts/Moment';
import { Waiting } from '../parts/Waiting';

type Body = Schema<'PolicyBody'>;
type Zone = Schema<'Zone'>;
type Hours = Schema<'Hours'>;

interface PartProps {
  body: Body;
  onChange: (part: Partial<Body>) => Promise<boolean>;
}

const MODES: Schema<'ZoneMode'>[] = ['strict', 'adaptive'];
const DAYS = [1, 2, 3, 4, 5, 6, 7] as const;

/** What people decide about deviations: zones with their working hours, announced work, and who may do what for a time. */
export default function PolicyPage() {
  const { t, error } = useWords();
  useTitle(t('console.policy.title'));
  const policy = useLoad('policy', (signal) => get('/api/v1/policy', { signal }));
  const [fault, setFault] = useState<unknown>(null);
  const body = policy.data;
  const change = async (part: Partial<Body>) => {
    if (!body) return false;
    return put('/api/v1/policy', { body: { ...body, ...part } }).then(
      (now) => (setFault(null), policy.set(() => now), true),
      (why: unknown) => (setFault(why), false),
    );
  };
  return (
    <>
      <Link to="/baseline" className="back">
        <span aria-hidden="true">←</span> {t('console.baseline.title')}
      </Link>
      <header className="page-head">
        <h1>{t('console.policy.title')}</h1>
      </header>
      <p className="page-what weak">{t('console.policy.what')}</p>
      {fault !== null && (
        <p role="alert" className="row-problem">
          {error(fault)}
        </p>
      )}
      {policy.error !== null && <Failure error={policy.error} onRetry={policy.reload} />}
      {!body && policy.loading && <Waiting />}
      {body && (
        <div className="detail-main">
          <Zones body={body} onChange={change} />
          <Windows body={body} onChange={change} />
          <Permissions body={body} onChange={change} />
          <Offset body={body} onChange={change} />
        </div>
      )}
    </>
  );
}

function Zones({ body, onChange }: PartProps) {
  const { t, list } = useWords();
  const zones = body.zones ?? [];
  const [draft, setDraft] = useState({ name: '', ranges: '' });
  const put = (name: string, part: Partial<Zone>) => void onChange({ zones: zones.map((zone) => (zone.name === name ? { ...zone, ...part } : zone)) });
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
            <WorkingHours zone={zone} onChange={(hours) => put(zone.name, { hours })} />
          </li>
        ))}
      </ul>
      <AddForm ready={draft.name.trim() !== '' && draft.ranges.trim() !== ''} onAdd={() => void add()}>
        <Field label={t('console.policy.zone_name')}>
          <Input value={draft.name} maxLength={100} onChange={(event) => setDraft({ ...draft, name: event.target.value })} />
        </Field>
        <Field label={t('console.policy.ranges')}>
          <Input className="mono" placeholder="10.20.0.0/24" value={draft.ranges} maxLength={500} onChange={(event) => setDraft({ ...draft, ranges: event.target.value })} />
        </Field>
      </AddForm>
    </Card>
  );
}

function WorkingHours({ zone, onChange }: { zone: Zone; onChange: (hours: Hours[]) => void }) {
  const { t, list } = useWords();
  const hours = zone.hours ?? [];
  const [days, setDays] = useState<number[]>([1, 2, 3, 4, 5]);
  const [span, setSpan] = useState({ from: '08:00', to: '18:00' });
  const clock = (minutes: number) => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
  const time = (name: 'from' | 'to') => (
    <input type="time" className="time-field" aria-label={`${t(`console.policy.${name}`)} ${zone.name}`} value={span[name]} onChange={(event) => setSpan({ ...span, [name]: event.target.value })} />
  );
  return (
    <div className="policy-hours">
      <p className="weak">
        {hours.length === 0
          ? t('console.policy.always')
          : list(hours.map((one) => `${one.days.map((day) => t(`console.day.d${day as (typeof DAYS)[number]}`)).join(' ')} ${clock(one.from)}–${clock(one.to)}`))}{' '}
        {hours.length > 0 && (
          <button type="button" className="text-button" onClick={() => onChange([])}>
            {t('console.policy.no_hours')}
          </button>
        )}
      </p>
      <div className="form-line">
        <Checkbox.Group aria-label={`${t('console.policy.days')} ${zone.name}`} value={days} options={DAYS.map((value) => ({ value, label: t(`console.day.d${value}`) }))} onChange={setDays} />
        {time('from')} – {time('to')}
        <Button disabled={days.length === 0 || span.from === '' || span.to === ''} onClick={() => onChange([...hours, { days, from: minutes(span.from), to: minutes(span.to) }])}>
          {t('console.policy.add_hours')}
        </Button>
      </div>
    </div>
  );
}

/** Begin and end in this browser's time. */
function Times({ onTimes }: { onTimes: (times: { from: string; to: string } | null) => void }) {
  const { t } = useWords();
  return (
    <Field label={t('console.policy.times')}>
      <DatePicker.RangePicker
        showTime={{ format: 'HH:mm' }}
        format="YYYY-MM-DD HH:mm"
        aria-label={t('console.policy.times')}
        onChange={(times) => onTimes(times?.[0] && times[1] ? { from: times[0].toDate().toISOString(), to: times[1].toDate().toISOString() } : null)}
      />
    </Field>
  );
}

function Windows({ body, onChange }: PartProps) {
  const { t } = useWords();
  const windows = body.windows ?? [];
  const [draft, setDraft] = useState<{ name: string; zone: string | null; times: { from: string; to: string } | null }>({ name: '', zone: null, times: null });
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
        <Field label={t('console.policy.window_name')}>
          <Input value={draft.name} maxLength={100} onChange={(event) => setDraft({ ...draft, name: event.target.value })} />
        </Field>
        <Field label={t('console.assets.zone')}>
          <Select
            allowClear
            aria-label={t('console.assets.zone')}
            placeholder={t('console.policy.everywhere')}
            value={draft.zone}
            options={(body.zones ?? []).map((zone) => ({ value: zone.name, label: zone.name }))}
            onChange={(zone) => setDraft({ ...draft, zone: zone ?? null })}
          />
        </Field>
        <Times onTimes={(times) => setDraft({ ...draft, times })} />
      </AddForm>
    </Card>
  );
}

function Permissions({ body, onChange }: PartProps) {
  const { t } = useWords();
  const permissions = body.permissions ?? [];
  const [draft, setDraft] = useState<{ name: string; client: string; server: string; times: { from: string; to: string } | null }>({ name: '', client: '', server: '', times: null });
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
        <Field label={t('console.policy.permission_name')}>
          <Input value={draft.name} maxLength={100} onChange={(event) => setDraft({ ...draft, name: event.target.value })} />
        </Field>
        <Field label={t('console.quiet_field.client')}>
          <Input className="mono" value={draft.client} maxLength={50} onChange={(event) => setDraft({ ...draft, client: event.target.value })} />
        </Field>
        <Field label={t('console.quiet_field.server')}>
          <Input className="mono" value={draft.server} maxLength={50} onChange={(event) => setDraft({ ...draft, server: event.target.value })} />
        </Field>
        <Times onTimes={(times) => setDraft({ ...draft, times })} />
      </AddForm>
    </Card>
  );
}

function Offset({ body, onChange }: PartProps) {
  const { t } = useWords();
  const hours = [-12, -11, -10, -9, -8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 5.5, 6, 7, 8, 9, 10, 11, 12, 13];
  return (
    <Card title={t('console.policy.clock')}>
      <p className="weak">{t('console.policy.clock_what')}</p>
      <Select
        className="order-field"
        aria-label={t('console.policy.clock')}
        value={body.utc_offset ?? 0}
        options={hours.map((value) => ({ value: value * 60, label: `UTC${value < 0 ? '−' : '+'}${Math.abs(value)}` }))}
        onChange={(utc_offset) => void onChange({ utc_offset })}
      />
    </Card>
  );
}

function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    <label className="said-field">
      <span className="weak">{label}</span>
      {children}
    </label>
  );
}

function AddForm({ ready, onAdd, children }: { ready: boolean; onAdd: () => void; children: ReactNode }) {
  const { t } = useWords();
  return (
    <div className="form-row">
      {children}
      <Button disabled={!ready} onClick={onAdd}>
        {t('console.policy.add')}
      </Button>
    </div>
  );
}

function Remove({ name, onRemove }: { name: string; onRemove: () => void }) {
  const { t } = useWords();
  return (
    <button type="button" className="text-button" aria-label={`${t('console.baseline.remove')} ${name}`} onClick={onRemove}>
      {t('console.baseline.remove')}
    </button>
  );
}
