import { Tooltip } from 'antd';
import { useWords } from '../app/words';

/** A protocol's proper name; hovering or focusing it says what it is, for those new to plants. */
export function Protocol({ name }: { name: string }) {
  const words = useWords();
  const label = protocolName(words, name);
  const what = words.name('console.protocol_what', name);
  if (what === name) return <span className="protocol">{label}</span>;
  return (
    <Tooltip title={what}>
      <span className="protocol term" tabIndex={0}>
        {label}
      </span>
    </Tooltip>
  );
}

/** `opcua` is OPC UA; `tcp/22` is TCP 22. */
export function protocolName(words: { name: (group: 'console.protocol', name: string) => string }, name: string): string {
  const known = words.name('console.protocol', name);
  return known === name ? name.toUpperCase().replace('/', ' ') : known;
}
