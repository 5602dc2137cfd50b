import cytoscape from 'cytoscape';
import type { StylesheetJson } from 'cytoscape';
import { useEffect, useRef } from 'react';
import { useNavigate } from 'react-router';
import type { Schema } from '../app/http';
import { useSettings } from '../app/settings';
import { useWords } from '../app/words';
import { elements } from './elements';
import type { Grouping } from './elements';

interface PlanProps {
  map: Schema<'Topology'>;
  grouping: Grouping;
}

/** The map itself; a click on a machine opens its page. */
export default function Plan({ map, grouping }: PlanProps) {
  const frame = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const { theme } = useSettings();
  const { t, lang } = useWords();
  useEffect(() => {
    if (!frame.current) return;
    const title = (name: string) => (name === '' ? t('console.topology.nowhere') : grouping === 'level' ? t('console.topology.level', { level: name }) : name);
    const plan = cytoscape({
      container: frame.current,
      elements: elements(map, grouping, title),
      layout: { name: 'preset', fit: true, padding: 24 },
      style: styles(),
      minZoom: 0.05,
      maxZoom: 2.5,
      hideEdgesOnViewport: map.edges.length > 2000,
      textureOnViewport: map.nodes.length > 500,
      autoungrabify: true,
    });
    plan.on('tap', 'node:childless', (event) => void navigate(`/assets/${String(event.target.id())}`));
    return () => plan.destroy();
    // Colours are read from the theme in force.
  }, [map, grouping, theme, lang]);
  return <div ref={frame} className="topology-plan" role="img" aria-label={t('console.topology.title')} />;
}

function styles(): StylesheetJson {
  const of = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim() || '#888';
  const [text, weak, line, card, link, alarm] = [of('--text'), of('--text-weak'), of('--line-strong'), of('--card'), of('--link'), of('--high')];
  return [
    {
      selector: 'node',
      style: { label: 'data(label)', color: text, 'font-size': 11, 'text-valign': 'bottom', 'text-margin-y': 4, 'text-wrap': 'wrap', 'text-max-width': '130px', 'min-zoomed-font-size': 6, width: 34, height: 34, 'background-color': weak, 'border-width': 2, 'border-color': card },
    },
    { selector: '.plc, .drive, .cnc, .robot, .gateway', style: { shape: 'round-rectangle', 'background-color': link } },
    { selector: '.hmi, .scada, .engineering_station', style: { shape: 'round-hexagon', 'background-color': link, 'background-opacity': 0.65 } },
    { selector: '.router, .switch', style: { shape: 'diamond' } },
    { selector: '.group', style: { 'background-color': card, 'background-opacity': 0.6, 'border-color': line, 'border-width': 1, shape: 'round-rectangle', 'text-valign': 'top', 'font-size': 14, 'font-weight': 'bold', color: weak, padding: '22px' } },
    { selector: 'edge', style: { width: 1.2, 'line-color': line, 'target-arrow-color': line, 'target-arrow-shape': 'triangle', 'arrow-scale': 0.7, 'curve-style': 'straight', label: 'data(label)', 'font-size': 9, color: weak, 'text-rotation': 'autorotate', 'min-zoomed-font-size': 8 } },
    { selector: 'node.news', style: { 'border-color': alarm, 'border-width': 4 } },
    { selector: 'edge.news', style: { 'line-color': alarm, 'target-arrow-color': alarm, width: 2.4 } },
  ];
}
