import { Link } from 'react-router';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { ReportState } from '../parts/ReportState';

/** Reporting to the province, in brief. */
export function ReportCard({ status }: { status: Schema<'ReporterStatus'> }) {
  const { t } = useWords();
  return (
    <Card title={t('console.report.title')} aside={<Link to="/report">{t('console.report.open')}</Link>}>
      <ReportState status={status} />
    </Card>
  );
}
