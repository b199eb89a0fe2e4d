/** A real Firefox with fake devices, driven over WebDriver BiDi. */
import { type Browser, launch, type Page } from 'puppeteer-core';

/** `FIREFOX_PATH` names it, as `npm test` does. */
export const FIREFOX = process.env.FIREFOX_PATH || '/usr/bin/firefox-esr';

/** Starts Firefox. */
export function launchFirefox(): Promise<Browser> {
  return launch({
    browser: 'firefox',
    executablePath: FIREFOX,
    headless: true,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      // Cameras on a page over plain HTTP that is not on localhost.
      'media.devices.insecure.enabled': true,
      'media.getusermedia.insecure.enabled': true,
      'media.autoplay.default': 0,
      'media.autoplay.blocking_policy': 0,
      // Addresses as they are: nobody answers mDNS here.
      'media.peerconnection.ice.obfuscate_host_addresses': false,
    },
  });
}

/** Opens a page in a profile of its own. */
export async function firefoxPage(browser: Browser, url: string): Promise<Page> {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.goto(url);
  return page;
}
