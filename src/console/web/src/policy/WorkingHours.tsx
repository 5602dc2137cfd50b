import { Button, Checkbox } from 'antd';
import { useState } from 'react';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';

type Zone = Schema<'Zone'>;
type Hours = Schema<'Hours'>;

const DAYS = [1, 2, 3, 4, 5, 6, 7] as const;

/** When people work in a zone; outside of it the same act weighs more. */
export function WorkingHours({ zone, onChange }: { zone: Zone; onChange: (hours: Hours[]) => void }) {
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
