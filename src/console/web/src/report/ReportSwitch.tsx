import { Button, Modal } from 'antd';
import { useState } from 'react';
import { post } from '../app/http';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { ReportState } from '../parts/ReportState';

interface ReportSwitchProps {
  status: Schema<'ReporterStatus'>;
  onChange: () => void;
}

/** Turns reporting on and off; never without saying what follows. */
export function ReportSwitch({ status, onChange }: ReportSwitchProps) {
  const { t, error: sayError } = useWords();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const way = status.enabled ? 'off' : 'on';

  const leave = () => {
    setAsking(false);
    setProblem(null);
  };
  const turn = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await post('/api/v1/uplink/enabled', { body: { enabled: !status.enabled } });
      leave();
      onChange();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };

  const unset = status.url === '';
  return (
    <Card
      title={t('console.report.state')}
      aside={
        <Button type={status.enabled ? 'default' : 'primary'} disabled={unset} onClick={() => setAsking(true)}>
          {t(`console.report.turn_${way}`)}
        </Button>
      }
    >
      <ReportState status={status} />
      {unset && <p className="weak">{t('error.uplink_url')}</p>}
      <Modal
        open={asking}
        title={t(`console.report.turn_${way}_title`)}
        okText={t(`console.report.turn_${way}`)}
        okButtonProps={{ loading: busy, danger: status.enabled }}
        cancelText={t('console.cancel')}
        onOk={() => void turn()}
        onCancel={leave}
      >
        <p>{t(`console.report.turn_${way}_what`, { url: status.url })}</p>
        {problem !== null && (
          <p role="alert" className="row-problem">
            {sayError(problem)}
          </p>
        )}
      </Modal>
    </Card>
  );
}
