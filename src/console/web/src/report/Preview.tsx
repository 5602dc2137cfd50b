import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { Waiting } from '../parts/Waiting';
import { Record } from './Record';

interface PreviewProps {
  preview: Schema<'PreviewView'> | null;
  error: unknown;
  onRetry: () => void;
  enabled: boolean;
}

/** Exactly what would leave the plant, neither more nor less. */
export function Preview({ preview, error, onRetry, enabled }: PreviewProps) {
  const { t, number } = useWords();
  return (
    <Card title={t('console.preview.title')} aside={preview && preview.waiting > 0 && <span className="weak">{t('console.preview.waiting', { count: number(preview.waiting) })}</span>}>
      {error !== null && <Failure error={error} onRetry={onRetry} />}
      {!preview && error === null && <Waiting />}
      {preview && <p className="weak">{t(leadOf(preview, enabled))}</p>}
      {preview && preview.records.length === 0 && <Empty title={t('console.preview.none')} />}
      {preview?.records.map((record) => <Record key={record.alert_id} record={record} />)}
      {preview && preview.waiting > preview.records.length && !preview.example && (
        <p className="weak">{t('console.preview.more', { count: number(preview.waiting - preview.records.length) })}</p>
      )}
    </Card>
  );
}

function leadOf(preview: Schema<'PreviewView'>, enabled: boolean) {
  if (preview.records.length === 0) return 'console.preview.nothing';
  if (preview.example) return 'console.preview.example';
  return enabled ? 'console.preview.next' : 'console.preview.would';
}
