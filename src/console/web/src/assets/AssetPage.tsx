import '../styles/detail.css';
import { useLocation, useParams } from 'react-router';
import { get } from '../app/http';
import type { Schema } from '../app/http';
import { useLoad } from '../app/load';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';
import { Back } from '../parts/Back';
import { Card } from '../parts/Card';
import { Failure } from '../parts/Failure';
import { Ago, Moment } from '../parts/Moment';
import { Protocol } from '../parts/Protocol';
import { Waiting } from '../parts/Waiting';
import { AssetAlerts } from './AssetAlerts';
import { Editing } from './Editing';
import { Facts } from './Facts';
import { Links } from './Links';
import { Modules } from './Modules';
import { Operations } from './Operations';
import { Points } from './Points';
import { RoleMark } from './RoleMark';
import { Roles } from './Roles';
import { SaidForm } from './SaidForm';

/** One machine, and how the sensor knows what it says of it. */
export default function AssetPage() {
  const { t } = useWords();
  const { id = '' } = useParams();
  const state = useLocation().state as { search?: unknown } | null;
  const asset = useLoad(id, (signal) => get('/api/v1/assets/{id}', { path: { id }, signal }));
  return (
    <>
      <Back to={`/assets${typeof state?.search === 'string' ? state.search : ''}`}>{t('console.assets.back')}</Back>
      {asset.error !== null && <Failure error={asset.error} onRetry={asset.reload} />}
      {!asset.data && asset.loading && <Waiting />}
      {!asset.data && !asset.loading && <h1>{t('console.assets.title')}</h1>}
      {asset.data && <Detail asset={asset.data} onSaid={(now) => asset.set(() => now)} onEdited={asset.reload} />}
    </>
  );
}

interface DetailProps {
  asset: Schema<'AssetDetail'>;
  onSaid: (now: Schema<'AssetDetail'>) => void;
  onEdited: () => void;
}

function Detail({ asset, onSaid, onEdited }: DetailProps) {
  const { t, say } = useWords();
  useTitle(asset.label);
  const own = [...asset.ips, ...asset.macs];
  return (
    <article>
      <header className="detail-head">
        <p className="detail-marks">
          <RoleMark role={asset.role} confidence={asset.role_confidence} />
        </p>
        <h1>{asset.label}</h1>
        <p className="weak">
          {t('console.assets.first')} <Moment at={asset.first} /> · {t('console.assets.last')} <Ago at={asset.last} />
        </p>
      </header>
      <div className="detail-columns">
        <div className="detail-main">
          <Facts facts={asset.facts} />
          <AssetAlerts id={asset.id} />
          <Links links={asset.links} own={own} />
          <Operations links={asset.links} own={own} />
          {(asset.ips[0] ?? asset.macs[0]) && <Points address={asset.ips[0] ?? asset.macs[0] ?? ''} />}
        </div>
        <div className="detail-side">
          <Addresses asset={asset} />
          <Modules asset={asset} />
          <Roles roles={asset.roles} />
          <Card title={t('console.assets.place')}>
            {!asset.zone && asset.level == null && <p className="weak">{t('console.assets.no_place')}</p>}
            {asset.zone && (
              <p>
                {asset.zone} {asset.zone_reason && <span className="weak">{say(asset.zone_reason)}</span>}
              </p>
            )}
            {asset.level != null && (
              <p>
                {t('console.assets.level', { level: asset.level })} {asset.level_reason && <span className="weak">{say(asset.level_reason)}</span>}
              </p>
            )}
          </Card>
          <SaidForm key={asset.id} asset={asset} onSaid={onSaid} />
          <Editing asset={asset} onEdited={onEdited} />
        </div>
      </div>
    </article>
  );
}

function Addresses({ asset }: { asset: Schema<'AssetDetail'> }) {
  const { t } = useWords();
  const rows = [
    { name: 'IP', value: asset.ips.join(', ') },
    { name: 'MAC', value: asset.macs.join(', ') },
    { name: 'VLAN', value: asset.vlan.join(', ') },
  ];
  return (
    <Card title={t('console.assets.network')}>
      <dl className="facts facts-stacked">
        {rows
          .filter(({ value }) => value !== '')
          .map(({ name, value }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="mono">{value}</dd>
            </div>
          ))}
        <Services title={t('console.assets.serves')} names={asset.serves} />
        <Services title={t('console.assets.uses')} names={asset.uses} />
      </dl>
    </Card>
  );
}

function Services({ title, names }: { title: string; names: string[] }) {
  if (names.length === 0) return null;
  return (
    <div>
      <dt>{title}</dt>
      <dd className="services">
        {names.map((name) => (
          <Protocol key={name} name={name} />
        ))}
      </dd>
    </div>
  );
}
