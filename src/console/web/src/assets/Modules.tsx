import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';

interface Slot {
  rack: number;
  slot: number;
  what: string;
}

/** `rack 0 slot 4: 6ES7 321-1BH02-0AA0`; what does not look like that stands by itself. */
function slotOf(fact: Schema<'FactView'>): Slot | null {
  const found = /^rack (\d+) slot (\d+)(?:: (.*))?$/.exec(fact.value);
  return found ? { rack: Number(found[1]), slot: Number(found[2]), what: found[3] ?? '' } : null;
}

/** Rack by rack and slot by slot, as far as the machine said it. */
export function Modules({ asset }: { asset: Schema<'AssetDetail'> }) {
  const { t } = useWords();
  const facts = asset.facts.filter((fact) => fact.kind === 'module' || fact.kind === 'place');
  const own = asset.model ?? asset.label;
  const slots = facts.flatMap((fact) => slotOf(fact) ?? []).map((slot) => ({ ...slot, what: slot.what || own }));
  if (slots.length === 0) return null;
  const racks = [...new Set(slots.map((slot) => slot.rack))].sort((a, b) => a - b);
  return (
    <Card title={t('console.modules.title')}>
      <ul className="modules">
        {racks.map((rack) => (
          <li key={rack}>
            <strong>{t('console.modules.rack', { rack })}</strong>
            <ul>
              {slots
                .filter((slot) => slot.rack === rack)
                .sort((a, b) => a.slot - b.slot)
                .map((slot) => (
                  <li key={`${slot.slot} ${slot.what}`}>
                    <span className="weak">{t('console.modules.slot', { slot: slot.slot })}</span> <span className="mono">{slot.what}</span>
                  </li>
                ))}
            </ul>
          </li>
        ))}
      </ul>
    </Card>
  );
}
