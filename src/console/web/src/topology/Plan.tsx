import cytoscape from 'cytoscape';
import type { StylesheetJson } from 'cytoscape';
import { useEffect, useRef } from 'react';
import { useNavigate } from 'react-router';
import type { Schema } from '../app/http';
import { useSettings } from '../app/settings';
import { useWords } from '../app/words';
import { protocolName } from '../parts/Protocol';
import { elements } from './elements';
import type { Grouping } from './elements';

interface PlanProps {
  map: Schema<'Topology'>;
  grouping: Grouping;
  /** In small letters; machines whose names lack it are drawn faintly. */
  search: string;
}

/** The map itself; a click on a machine opens its page. */
export default function Plan({ map, grouping, search }: PlanProps) {
  const frame = useRef<HTMLDivElement>(null);
  const drawn = useRef<cytoscape.Core>(null);
  const navigate = useNavigate();
  const { theme } = useSettings();
  const words = useWords();
  const { t, lang } = words;
  useEffect(() => {
    if (!frame.current) return;
    const title = (name: string) => (name === '' ? t('console.topology.nowhere') : grouping === 'level' ? t('console.topology.level', { level: name }) : name);
    const plan = cytoscape({
      container: frame.current,
      elements: elements(map, grouping, title, (name) => protocolName(words, name)),
      layout: { name: 'preset', fit: true, padding: 24 },
      style: styles(),
      minZoom: 0.05,
      maxZoom: 2.5,
      hideEdgesOnViewport: map.edges.length > 2000,
      textureOnViewport: map.nodes.length > 500,
      autoungrabify: true,
    });
    // With whom a machine talks is seen when one points at it; all protocols at once could not be read.
    plan.on('mouseover', 'node:childless, edge', ({ target }) => (target.isEdge() ? target : target.connectedEdges()).addClass('near'));
    plan.on('mouseout', 'node:childless, edge', () => plan.edges('.near').removeClass('near'));
    plan.on('tap', 'node:childless', (event) => void navigate(`/assets/${String(event.target.id())}`));
    drawn.current = plan;
    return () => {
      drawn.current = null;
      plan.destroy();
    };
    // Colours are read from the theme in force.
  }, [map, grouping, theme, lang]);
  useEffect(() => {
    const plan = drawn.current;
    if (!plan) return;
    plan.elements('.faint').removeClass('faint');
    if (search === '') return;
    const machines = plan.nodes(':childless');
    const found = machines.filter((node) => String(node.data('name')).toLowerCase().includes(search));
    const shown = found.union(found.neighborhood());
    machines.union(plan.edges()).difference(shown).addClass('faint');
    if (found.nonempty()) plan.fit(shown, 40);
  }, [search, map, grouping, theme, lang]);
  return <div ref={frame} className="topology-plan" role="img" aria-label={t('console.topology.title')} />;
}

function styles(): StylesheetJson {
  const of = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim() || '#888';
  const [text, weak, line, card, link, alarm] = [of('--text'), of('--text-weak'), of('--line-strong'), of('--card'), of('--link'), of('--high')];
  return [
    {
      selector: 'node',
      style: { label: 'data(label)', color: text, 'font-size': 11, 'text-valign': 'bottom', 'text-margin-y': 4, 'text-wrap': 'wrap', 'text-max-width': '130px', 'text-overflow-wrap': 'anywhere', 'min-zoomed-font-size': 6, width: 34, height: 34, 'background-color': weak, 'border-width': 2, 'border-color': card },
    },
    { selector: '.plc, .drive, .cnc, .robot, .gateway', style: { shape: 'round-rectangle', 'background-color': link } },
    { selector: '.hmi, .scada, .engineering_station', style: { shape: 'round-hexagon', 'background-color': link, 'background-opacity': 0.65 } },
    { selector: '.router, .switch', style: { shape: 'diamond' } },
    { selector: '.group', style: { 'background-color': card, 'background-opacity': 0.6, 'border-color': line, 'border-width': 1, shape: 'round-rectangle', 'text-valign': 'top', 'text-margin-y': -6, 'font-size': 'data(size)', 'font-weight': 'bold', color: weak, padding: '22px' } },
    { selector: 'edge', style: { width: 1.2, 'line-color': line, 'target-arrow-color': line, 'target-arrow-shape': 'triangle', 'arrow-scale': 0.7, 'curve-style': 'straight' } },
    { selector: 'edge.within', style: { 'curve-style': 'unbundled-bezier', 'control-point-distances': [36], 'control-point-weights': [0.5] } },
    { selector: 'node.news', style: { 'border-color': alarm, 'border-width': 4 } },
    { selector: 'node.faint', style: { opacity: 0.25 } },
    { selector: 'edge.faint', style: { opacity: 0.08 } },
    { selector: 'edge.news', style: { 'line-color': alarm, 'target-arrow-color': alarm, width: 2.4 } },
    { selector: 'edge.near', style: { label: 'data(label)', 'font-size': 11, color: text, 'text-background-color': card, 'text-background-opacity': 1, 'text-background-padding': '3px', 'line-color': link, 'target-arrow-color': link, width: 2.4, 'z-index': 9 } },
  ];
}
