import '../styles/lists.css';
import '../styles/detail.css';
import '../styles/detection.css';
import { Progress } from 'antd';
import { useEffect, useState } from 'react';
import { useParams } from 'react-router';
import { useAct } from '../app/act';
import { get, post } from '../app/http';
import type { Schema } from '../app/http';
import { useLoad } from '../app/load';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { RoleMark } from '../assets/RoleMark';
import { Back } from '../parts/Back';
import { Card } from '../parts/Card';
import { Failure } from '../parts/Failure';
import { Fault } from '../parts/Fault';
import { Frames } from '../parts/Frames';
import { Ago, Moment } from '../parts/Moment';
import { Pages } from '../parts/Pages';
import { PlainTable } from '../parts/PlainTable';
import { protocolName } from '../parts/Protocol';
import { SeverityMark } from '../parts/SeverityMark';
import { Waiting } from '../parts/Waiting';
import { RuleTest } from './RuleTest';
import { isOver, shareOf } from './Analyses';

const PULSE = 1000;
const PAGE_SIZE = 20;

/** What came of one capture; nothing of it is live. */
export default function Analysis() {
  const { t, bytes, count, say } = useWords();
  const id = Number(useParams()['id']);
  const analysis = useLoad(String(id), (signal) => get('/api/v1/analyses/{id}', { path: { id }, signal }));
  const going = analysis.data !== null && !isOver(analysis.data);
  useEffect(() => {
    if (!going) return undefined;
    const timer = setInterval(analysis.reload, PULSE);
    return () => clearInterval(timer);
  }, [going, analysis.reload]);
  useTitle(analysis.data?.name ?? t('console.analyses.title'));
  const { fault, act } = useAct();
  const one = analysis.data;
  return (
    <>
      <Back to="/analyses">{t('console.analyses.back')}</Back>
      <Fault error={fault} />
      {analysis.error !== null && <Failure error={analysis.error} onRetry={analysis.reload} />}
      {!one && analysis.loading && <Waiting />}
      {!one && !analysis.loading && <h1>{t('console.analyses.title')}</h1>}
      {one && (
        <article>
          <header className="detail-head">
            <p className="detail-marks">
              <span className="state-mark">{t('console.analyses.offline')}</span> <span className="state-mark">{t(`console.analysis_state.${one.state}`)}</span>
            </p>
            <h1>{one.name}</h1>
            <p className="weak">
              {bytes(one.size)} · {count('console.analyses.frames', one.frames)} · {t(one.against_live ? 'console.analyses.live' : 'console.analyses.own')} · {one.user} · <Ago at={one.started} />
            </p>
            <p className="weak">{t('console.analyses.apart')}</p>
          </header>
          {going && (
            <div className="sending">
              <Progress percent={shareOf(one)} aria-label={one.name} />
              <button type="button" className="text-button" onClick={() => void act(post('/api/v1/analyses/{id}/cancel', { path: { id } }), analysis.reload)}>
                {t('console.analyses.cancel', { name: one.name })}
              </button>
            </div>
          )}
          {one.faults.map((fault) => (
            <p key={fault.en} className="row-problem">
              {say(fault)}
            </p>
          ))}
          {one.state === 'done' && (
            <div className="detail-main">
              <Alerts id={id} />
              <Assets id={id} />
              <RuleTest id={id} />
            </div>
          )}
        </article>
      )}
    </>
  );
}

function Alerts({ id }: { id: number }) {
  const { t, count } = useWords();
  const [page, setPage] = useState(1);
  const query = { page, size: PAGE_SIZE, sort: 'severity' };
  const list = useLoad(`${id} ${page}`, (signal) => get('/api/v1/analyses/{id}/alerts', { path: { id }, query, signal }));
  return (
    <Card title={t('console.alerts.title')} aside={list.data && <span className="weak">{count('console.alerts.found', list.data.total)}</span>}>
      {list.error !== null && <Failure error={list.error} onRetry={list.reload} />}
      {list.data?.total === 0 && <p className="weak">{t('console.analyses.no_alerts')}</p>}
      <ul className="catalogue">
        {(list.data?.items ?? []).map((row) => (
          <AlertItem key={row.id} analysis={id} row={row} />
        ))}
      </ul>
      <Pages page={page} size={PAGE_SIZE} total={list.data?.total ?? 0} onPage={setPage} />
    </Card>
  );
}

function AlertItem({ analysis, row }: { analysis: number; row: Schema<'AlertRow'> }) {
  const { say, count } = useWords();
  const [open, setOpen] = useState(false);
  return (
    <li className="catalogue-row">
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span className="mono catalogue-id">{row.source}</span>
          <span className="row-title">{say(row.title)}</span>
          <span className="weak">
            {count('console.times', row.count)} · <Moment at={row.first} />
          </span>
          <SeverityMark severity={row.severity} />
        </summary>
        {open && <AlertBody analysis={analysis} alert={row.id} />}
      </details>
    </li>
  );
}

function AlertBody({ analysis, alert }: { analysis: number; alert: string }) {
  const { t, say } = useWords();
  const found = useLoad(alert, (signal) => get('/api/v1/analyses/{id}/alerts/{alert}', { path: { id: analysis, alert }, signal }));
  const one = found.data;
  if (!one) return <Waiting />;
  return (
    <div className="catalogue-body">
      <ul className="refusals">
        {one.reasons.map((reason) => (
          <li key={reason.en}>{say(reason)}</li>
        ))}
      </ul>
      <dl className="catalogue-texts">
        <dt>{t('console.alert.meaning')}</dt>
        <dd className="prose">{say(one.meaning)}</dd>
        <dt>{t('console.alert.advice')}</dt>
        <dd className="prose">{say(one.advice)}</dd>
        <dt>{t('console.evidence.frames')}</dt>
        <dd>
          <Frames capture={one.evidence.capture} frames={one.evidence.frames} />
        </dd>
      </dl>
    </div>
  );
}

function Assets({ id }: { id: number }) {
  const words = useWords();
  const { t, count } = words;
  const [page, setPage] = useState(1);
  const query = { page, size: PAGE_SIZE };
  const list = useLoad(`${id} ${page}`, (signal) => get('/api/v1/analyses/{id}/assets', { path: { id }, query, signal }));
  const rows = list.data?.items ?? [];
  return (
    <Card title={t('console.assets.title')} aside={list.data && <span className="weak">{count('console.assets.found', list.data.total)}</span>}>
      {list.error !== null && <Failure error={list.error} onRetry={list.reload} />}
      {rows.length > 0 && (
        <PlainTable label={t('console.assets.title')} columns={[t('console.assets.name'), t('console.assets.role'), t('console.assets.make'), t('console.assets.protocols')]}>
          {rows.map((row) => (
            <tr key={row.id}>
              <td>
                {row.label} <span className="row-sub mono">{row.macs.join(', ')}</span>
              </td>
              <td>
                <RoleMark role={row.role} confidence={row.role_confidence} />
              </td>
              <td>{[row.vendor, row.model, row.firmware].filter(Boolean).join(' · ')}</td>
              <td>{row.protocols.map((name) => protocolName(words, name)).join(', ')}</td>
            </tr>
          ))}
        </PlainTable>
      )}
      <Pages page={page} size={PAGE_SIZE} total={list.data?.total ?? 0} onPage={setPage} />
    </Card>
  );
}
