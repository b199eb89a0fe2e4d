import { useContext } from 'preact/hooks';
import { Dialog } from './panel.tsx';
import { SettingsContext } from './settings.ts';
import { KEYS } from './shortcuts.ts';
import { useTexts } from './texts/language.ts';

/** All keys, and whether they are in use (WCAG 2.1.4: single keys can be turned off). */
export function ShortcutDialog({ onClose }: { onClose: () => void }) {
  const { shortcuts, tools, devices } = useTexts();
  const { settings, change } = useContext(SettingsContext);
  const labels: Record<string, string> = { ...tools, devices: devices.title, shortcuts: shortcuts.help };
  return (
    <Dialog title={shortcuts.title} onClose={onClose}>
      <dl class="keys">
        {Object.entries(KEYS).map(([key, action]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{labels[action]}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={settings.shortcuts}
          onChange={({ currentTarget }) => change({ shortcuts: currentTarget.checked })}
        />
        {shortcuts.use}
      </label>
    </Dialog>
  );
}
