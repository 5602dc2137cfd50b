import { Select } from 'antd';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import type { PartProps } from './part';

/** By which clock working hours are meant. */
export function PlantClock({ body, onChange }: PartProps) {
  const { t } = useWords();
  const hours = [-12, -11, -10, -9, -8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 5.5, 6, 7, 8, 9, 10, 11, 12, 13];
  return (
    <Card title={t('console.policy.clock')}>
      <p className="weak">{t('console.policy.clock_what')}</p>
      <Select
        className="order-field"
        aria-label={t('console.policy.clock')}
        value={body.utc_offset ?? 0}
        options={[...new Set([...hours, (body.utc_offset ?? 0) / 60])].map((value) => ({ value: value * 60, label: `UTC${value < 0 ? '−' : '+'}${Math.abs(value)}` }))}
        onChange={(utc_offset) => void onChange({ utc_offset })}
      />
    </Card>
  );
}
