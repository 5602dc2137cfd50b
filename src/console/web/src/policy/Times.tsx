import { DatePicker } from 'antd';
import { useWords } from '../app/words';
import { Labelled } from '../parts/Labelled';

export interface Span {
  from: string;
  to: string;
}

/** Begin and end in this browser's time. */
export function Times({ onTimes }: { onTimes: (times: Span | null) => void }) {
  const { t } = useWords();
  return (
    <Labelled label={t('console.policy.times')}>
      <DatePicker.RangePicker
        showTime={{ format: 'HH:mm' }}
        format="YYYY-MM-DD HH:mm"
        aria-label={t('console.policy.times')}
        onChange={(times) => onTimes(times?.[0] && times[1] ? { from: times[0].toDate().toISOString(), to: times[1].toDate().toISOString() } : null)}
      />
    </Labelled>
  );
}
