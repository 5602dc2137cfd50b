import type { ElementDefinition } from 'cytoscape';
import type { Schema } from '../app/http';

export type Grouping = 'level' | 'zone' | 'subnet';

/** More edges than this are drawn straight: curves cost time. */
const CURVED = 500;

const WIDTH = 150;
const HEIGHT = 110;
const GAP = 60;
/** A group's title grows with the map, so that it can be read where all of it is shown. */
const TITLE = { least: 14, share: 1 / 90 };

/** Letters of a name that fit below a sign. */
const LETTERS = 48;
const short = (label: string) => (label.length > LETTERS ? `${label.slice(0, LETTERS)}…` : label);

interface Group {
  name: string;
  nodes: Schema<'MapNode'>[];
}

/** Machines in rows, one group above the other, the enterprise on top: places are computed once and nothing moves. */
export function elements(map: Schema<'Topology'>, grouping: Grouping, title: (name: string) => string, protocol: (name: string) => string): ElementDefinition[] {
  const groups = grouped(map.nodes, grouping);
  const columns = Math.max(6, Math.ceil(Math.sqrt(map.nodes.length * 1.8)));
  const size = Math.max(TITLE.least, columns * WIDTH * TITLE.share);
  let top = 0;
  const placed = groups.flatMap(({ name, nodes }) => {
    const parent: ElementDefinition = { data: { id: `group ${name}`, label: title(name), size }, classes: 'group' };
    const children = nodes.map((node, index): ElementDefinition => {
      const inRow = Math.min(columns, nodes.length - Math.floor(index / columns) * columns);
      const x = ((index % columns) - (inRow - 1) / 2) * WIDTH;
      const y = top + Math.floor(index / columns) * HEIGHT;
      return {
        data: { id: node.id, label: short(node.label), name: node.label, parent: `group ${name}` },
        position: { x, y },
        classes: [node.role ?? 'unknown', node.news ? 'news' : ''].join(' '),
      };
    });
    top += Math.ceil(nodes.length / columns) * HEIGHT + GAP + size;
    return [parent, ...children];
  });
  const group = new Map(map.nodes.map((node) => [node.id, nameOf(node, grouping)]));
  const edges = map.edges.map(
    (edge): ElementDefinition => ({
      data: { id: `${edge.client} ${edge.server}`, source: edge.client, target: edge.server, label: edge.protocols.map(protocol).join(', ') },
      classes: [edge.news ? 'news' : '', map.edges.length < CURVED && group.get(edge.client) === group.get(edge.server) ? 'within' : ''].join(' '),
    }),
  );
  const known = new Set(map.nodes.map((node) => node.id));
  return [...placed, ...edges.filter(({ data }) => known.has(String(data.source)) && known.has(String(data.target)))];
}

function nameOf(node: Schema<'MapNode'>, grouping: Grouping): string {
  return (grouping === 'level' ? node.level?.toString() : grouping === 'zone' ? node.zone : node.subnet) ?? '';
}

function grouped(nodes: Schema<'MapNode'>[], grouping: Grouping): Group[] {
  const groups = new Map<string, Schema<'MapNode'>[]>();
  for (const node of nodes) {
    const name = nameOf(node, grouping);
    groups.set(name, [...(groups.get(name) ?? []), node]);
  }
  const sorted = [...groups].map(([name, members]) => ({ name, nodes: members }));
  // Levels from the enterprise down to the process; what has none last.
  return sorted.sort((a, b) => (a.name === '' ? 1 : b.name === '' ? -1 : grouping === 'level' ? b.name.localeCompare(a.name) : a.name.localeCompare(b.name)));
}
