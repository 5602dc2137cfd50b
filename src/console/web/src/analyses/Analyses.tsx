import '../styles/lists.css';
import '../styles/detail.css';
import '../styles/detection.css';
import { Button, Checkbox, Progress } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { useAct } from '../app/act';
import { get, post, upload } from '../app/http';
import type { Schema } from '../app/http';
import { useLoad } from '../app/load';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { Fault } from '../parts/Fault';
import { FileChoice } from '../parts/FileChoice';
import { Ago } from '../parts/Moment';
import { Waiting } from '../parts/Waiting';

type Analysis = Schema<'AnalysisView'>;

/** While something is looked at the list is asked for so often; milliseconds. */
const PULSE = 1000;

export const isOver = (one: Analysis) => one.state !== 'waiting' && one.state !== 'running';
export const shareOf = (one: Analysis) => (one.state === 'done' ? 100 : Math.min(99, Math.floor((100 * one.read) / Math.max(1, one.size))));

/** Captures that people bring: looked at by the same engine, and kept apart from what is live. */
export default function Analyses() {
  const { t, count, bytes, number, say } = useWords();
  useTitle(t('console.analyses.title'));
  const list = useLoad('analyses', (signal) => get('/api/v1/analyses', { signal }));
  const { fault, act } = useAct();
  const going = (list.data ?? []).some((one) => !isOver(one));
  useEffect(() => {
    if (!going) return undefined;
    const timer = setInterval(list.reload, PULSE);
    return () => clearInterval(timer);
  }, [going, list.reload]);
  return (
    <>
      <header className="page-head">
        <h1>{t('console.analyses.title')}</h1>
      </header>
      <p className="page-what weak">{t('console.analyses.what')}</p>
      <Bring />
      <Fault error={fault} />
      {list.error !== null && <Failure error={list.error} onRetry={list.reload} />}
      {!list.data && list.loading && <Waiting />}
      {list.data?.length === 0 && <Empty title={t('console.analyses.none')} />}
      <ul className="list-cards">
        {(list.data ?? []).map((one) => (
          <li key={one.id} className="list-card">
            <p className="list-card-top">
              <span>
                {one.state === 'done' ? (
                  <Link to={`/analyses/${one.id}`} className="row-title">
                    {one.name}
                  </Link>
                ) : (
                  <strong>{one.name}</strong>
                )}{' '}
                <span className="state-mark">{t(`console.analysis_state.${one.state}`)}</span>
              </span>
              <span className="weak">
                {one.user} · <Ago at={one.started} />
              </span>
            </p>
            {!isOver(one) && <Progress percent={shareOf(one)} aria-label={one.name} />}
            <p className="weak">
              {bytes(one.size)} · {count('console.analyses.frames', one.frames)}
              {one.state === 'done' && ` · ${count('console.alerts.found', one.alerts)} · ${count('console.assets.found', one.assets)}`} · {t(one.against_live ? 'console.analyses.live' : 'console.analyses.own')}
            </p>
            {one.faults.map((fault) => (
              <p key={fault.en} className="row-problem">
                {say(fault)}
              </p>
            ))}
            <p className="baseline-acts">
              {!isOver(one) && (
                <button type="button" className="text-button" onClick={() => void act(post('/api/v1/analyses/{id}/cancel', { path: { id: one.id } }), list.reload)}>
                  {t('console.analyses.cancel', { name: one.name })}
                </button>
              )}
              {isOver(one) && (
                <button type="button" className="text-button" onClick={() => void act(post('/api/v1/analyses/{id}/remove', { path: { id: one.id } }), list.reload)}>
                  {t('console.analyses.remove', { name: one.name })}
                </button>
              )}
            </p>
          </li>
        ))}
      </ul>
      {(list.data?.length ?? 0) > 0 && <p className="weak after-list">{t('console.analyses.kept', { count: number(list.data?.length ?? 0) })}</p>}
    </>
  );
}

/** Sends a capture to the sensor. */
function Bring() {
  const { t } = useWords();
  const navigate = useNavigate();
  const [share, setShare] = useState<number | null>(null);
  const [live, setLive] = useState(false);
  const { fault, act } = useAct();
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  const send = async (file: File) => {
    abort.current = new AbortController();
    setShare(0);
    const sent = upload('/api/v1/analyses', { query: { name: file.name, against_live: live }, signal: abort.current.signal }, file, setShare);
    await act(sent, (view) => void navigate(`/analyses/${view.id}`));
    setShare(null);
  };
  return (
    <Card title={t('console.analyses.bring')} className="form-card">
      <div className="form-line">
        <FileChoice title={t('console.analyses.choose')} accept=".pcap,.pcapng,.cap,.gz,.zst" disabled={share !== null} onFile={(file) => void send(file)} />
        <Checkbox checked={live} onChange={(event) => setLive(event.target.checked)}>
          {t('console.analyses.against_live')}
        </Checkbox>
      </div>
      {share !== null && (
        <div className="sending">
          <Progress percent={Math.floor(share * 100)} aria-label={t('console.analyses.sending')} />
          <Button onClick={() => abort.current?.abort()}>{t('console.analyses.stop')}</Button>
        </div>
      )}
      <Fault error={fault} />
    </Card>
  );
}
