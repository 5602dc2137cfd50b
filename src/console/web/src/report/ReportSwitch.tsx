import { Button, Modal } from 'antd';
import { useState } from 'react';
import { useAct } from '../app/act';
import { post } from '../app/http';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Fault } from '../parts/Fault';
import { ReportState } from '../parts/ReportState';

interface ReportSwitchProps {
  status: Schema<'ReporterStatus'>;
  onChange: () => void;
}

/** Turns reporting on and off; never without saying what follows. */
export function ReportSwitch({ status, onChange }: ReportSwitchProps) {
  const { t } = useWords();
  const [asking, setAsking] = useState(false);
  const { busy, fault, act, forget } = useAct();
  const way = status.enabled ? 'off' : 'on';

  const leave = () => {
    setAsking(false);
    forget();
  };
  const turn = () => void act(post('/api/v1/uplink/enabled', { body: { enabled: !status.enabled } }), () => (leave(), onChange()));

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
        onOk={turn}
        onCancel={leave}
      >
        <p>{t(`console.report.turn_${way}_what`, { url: status.url })}</p>
        <Fault error={fault} />
      </Modal>
    </Card>
  );
}
