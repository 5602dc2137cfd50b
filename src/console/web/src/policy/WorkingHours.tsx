import { Button, Checkbox, Select } from 'antd';
import { useState } from 'react';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';

type Zone = Schema<'Zone'>;
type Hours = Schema<'Hours'>;

const DAYS = [1, 2, 3, 4, 5, 6, 7] as const;
/** Every half hour of a day; minutes. */
const CLOCK = Array.from({ length: 49 }, (_, half) => half * 30);

const clock = (minutes: number) => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** A night shift ends on the next day. */
function spans(days: number[], { from, to }: { from: number; to: number }): Hours[] {
  if (from < to) return [{ days, from, to }];
  const evening = { days, from, to: 24 * 60 };
  return to === 0 ? [evening] : [evening, { days: days.map((day) => (day % 7) + 1), from: 0, to }];
}

/** When people work in a zone; outside of it the same act weighs more. */
export function WorkingHours({ zone, onChange }: { zone: Zone; onChange: (hours: Hours[]) => void }) {
  const { t, list } = useWords();
  const hours = zone.hours ?? [];
  const [days, setDays] = useState<number[]>([1, 2, 3, 4, 5]);
  const [span, setSpan] = useState({ from: 8 * 60, to: 18 * 60 });
  const time = (name: 'from' | 'to') => (
    <Select
      aria-label={`${t(`console.policy.${name}`)} ${zone.name}`}
      value={span[name]}
      options={CLOCK.map((value) => ({ value, label: clock(value) }))}
      onChange={(value) => setSpan({ ...span, [name]: value })}
    />
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
        <Button disabled={days.length === 0} onClick={() => onChange([...hours, ...spans(days, span)])}>
          {t('console.policy.add_hours')}
        </Button>
      </div>
    </div>
  );
}
