import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import type { Sample } from '../live/line';
import { Card } from '../parts/Card';
import { Ago } from '../parts/Moment';
import { Sign } from '../parts/Sign';
import { Sparkline } from '../parts/Sparkline';

interface PortsProps {
  ports: Schema<'PortView'>[];
  samples: Sample[];
}

const ROOM = 59;

/** The capture ports: is there a cable, and does anything come in. */
export function Ports({ ports, samples }: PortsProps) {
  const { t, number, count } = useWords();
  return (
    <Card title={t('console.ports.title')}>
      {ports.length === 0 && <p className="weak">{t('console.ports.none')}</p>}
      <ul className="ports">
        {ports.map((port) => {
          const rates = ratesOf(port.interface, samples);
          const rate = Math.round(rates.at(-1) ?? 0);
          return (
            <li key={port.interface} className="port">
              <div>
                <p>
                  <Sign kind={port.up ? 'good' : 'bad'} /> <strong>{port.interface}</strong> {t(port.up ? 'console.ports.up' : 'console.ports.down')}
                </p>
                <p className="weak">
                  {count('console.ports.frames', port.frames)} · {t('console.ports.last')} {port.last_frame ? <Ago at={port.last_frame} /> : t('console.never')}
                </p>
                {port.kernel_drops > 0 && <p className="port-drops">{t('console.ports.drops', { count: number(port.kernel_drops) })}</p>}
              </div>
              <div className="port-rate">
                <Sparkline values={rates} room={ROOM} label={t('console.ports.rate_label')} />
                <span className="weak">{t('console.ports.rate', { count: number(rate) })}</span>
              </div>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

/** Frames a second between one sample and the next. */
function ratesOf(name: string, samples: Sample[]): number[] {
  const points = samples.map(({ at, ports }) => ({ at, frames: ports.find((port) => port.interface === name)?.frames ?? 0 }));
  return points.slice(1).map((point, index) => {
    const before = points[index] ?? point;
    const seconds = (point.at - before.at) / 1000;
    return seconds > 0 ? Math.max(0, (point.frames - before.frames) / seconds) : 0;
  });
}
