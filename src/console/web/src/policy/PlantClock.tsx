import { Select } from 'antd';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import type { PartProps } from './part';

const HOURS = [-12, -11, -10, -9, -8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 5.5, 6, 7, 8, 9, 10, 11, 12, 13];
const OWN = 'own';

const zone = (minutes: number) => `UTC${minutes < 0 ? '−' : '+'}${Math.abs(minutes) / 60}`;

/** By which clock working hours and hours of the week are meant: the sensor's own, as long as nobody said another one. */
export function PlantClock({ body, onChange }: PartProps) {
  const { t } = useWords();
  const said = body.utc_offset ?? null;
  const minutes = [...new Set([...HOURS.map((hours) => hours * 60), ...(said === null ? [] : [said])])];
  const own = { value: OWN, label: said === null ? t('console.policy.clock_own', { zone: zone(body.minutes_ahead ?? 0) }) : t('console.policy.clock_own_unset') };
  return (
    <Card title={t('console.policy.clock')}>
      <p className="weak">{t('console.policy.clock_what')}</p>
      <Select
        className="order-field"
        aria-label={t('console.policy.clock')}
        value={said === null ? OWN : String(said)}
        options={[own, ...minutes.map((value) => ({ value: String(value), label: zone(value) }))]}
        onChange={(value) => void onChange({ utc_offset: value === OWN ? null : Number(value) })}
      />
    </Card>
  );
}
