import type { Texts } from './texts.ts';

const LINK = 'Bitten Sie um einen neuen Link.';
const OPERATOR = 'Sagen Sie es dem Betreiber dieses Servers';

/** German. */
export const de: Texts = {
  dir: 'ltr',
  title: 'Softphone',
  states: {
    offline: 'Offline',
    connecting: 'Verbinden…',
    ready: 'Bereit',
    reconnecting: 'Kommt zurück…',
    failed: 'Nicht bereit',
  },
  without: { network: 'Kein Netz', microphone: 'Kein Mikrofon' },
  stateLabel: 'Zustand des Softphones',
  tools: {
    refresh: 'Token erneuern',
    refreshing: 'Wird erneuert…',
    tryAgain: 'Noch einmal',
    dismiss: 'Schließen',
  },
  dial: {
    title: 'Anrufen',
    number: 'Nummer',
    placeholder: '+49 30 1234567',
    callFrom: 'Anrufen von',
    call: 'Anrufen',
    delete: 'Letzte Ziffer löschen',
    keypad: 'Tasten',
    plus: 'für + halten',
  },
  call: {
    incoming: 'Ankommender Anruf',
    outgoing: 'Abgehender Anruf',
    ringing: 'ruft an',
    dialling: 'Wird angerufen…',
    active: 'Im Gespräch',
    held: 'Gehalten',
    ended: 'Gespräch beendet',
    answer: 'Annehmen',
    refuse: 'Ablehnen',
    hangup: 'Auflegen',
    mute: 'Stumm',
    hold: 'Halten',
    keypad: 'Tasten',
    duration: 'Dauer',
    sent: 'Gesendet',
    unknown: 'Unbekannte Nummer',
    calls: (name) => `${name} ruft an.`,
    ringTitle: (name) => `${name} ruft an`,
    endedWith: (name, cause) => `Das Gespräch mit ${name} ist beendet${cause ? `: ${cause}` : ''}.`,
  },
  causes: {
    user_busy: 'es ist besetzt',
    no_answer: 'niemand nahm ab',
    timeout: 'niemand nahm ab',
    no_user_response: 'niemand nahm ab',
    call_rejected: 'es wurde abgelehnt',
    unallocated_number: 'diese Nummer gibt es nicht',
    not_found: 'diese Nummer gibt es nicht',
    invalid_number_format: 'das ist keine Nummer, die man anrufen kann',
    originator_cancel: 'der Anrufer hat aufgelegt',
    time_limit: 'die längste Dauer war erreicht',
    network_out_of_order: 'das Netz fiel aus',
    recovery_on_timer_expire: 'die Gegenseite antwortete nicht rechtzeitig',
  },
  recent: {
    title: 'Letzte Anrufe',
    empty: 'Hier stehen die Anrufe der letzten 24 Stunden.',
    in: 'angekommen',
    out: 'abgegangen',
    missed: 'verpasst',
    unanswered: 'nicht angenommen',
    going: 'läuft',
    callAgain: (name) => `${name} als Nummer übernehmen`,
  },
  devices: {
    title: 'Ton und Mitteilungen',
    mic: 'Mikrofon',
    speaker: 'Lautsprecher',
    standard: 'Standard',
    test: 'Lautsprecher testen',
    notify: 'Anrufe auch in anderen Fenstern melden',
    notifying: 'Anrufe werden gemeldet, solange diese Seite im Hintergrund ist.',
    notifyBlocked:
      'Mitteilungen sind gesperrt. Erlauben Sie sie in der Adresszeile, um von Anrufen auch anderswo zu erfahren.',
  },
  events: {
    title: 'Ereignisse',
    empty: 'Was mit Anrufen geschieht, steht hier, sobald es kommt.',
  },
  log: {
    title: 'Verbindung',
    renewed: 'Die Anmeldung wurde erneuert',
    eventsOn: 'Ereignisse: verbunden',
    eventsOff: 'Ereignisse: getrennt',
  },
  problems: {
    codes: {
      microphone_denied: () =>
        'Das Mikrofon ist nicht erlaubt. Erlauben Sie es in der Adresszeile, um zu telefonieren.',
      microphone_missing: () =>
        'Es wurde kein Mikrofon gefunden. Schließen Sie eines an, um zu telefonieren.',
      microphone_failed: () =>
        'Das Mikrofon ließ sich nicht starten: vielleicht hat es ein anderes Programm. Schließen Sie das, oder wählen Sie ein anderes.',
      insecure_page: () =>
        'Browser geben das Mikrofon nur Seiten über HTTPS oder auf localhost. Bitten Sie um einen Link mit https://.',
      token_missing: () => `Sie brauchen einen Link mit dem Token eines Agenten. ${LINK}`,
      token_expired: () => `Ihr Link gilt nicht mehr. ${LINK}`,
      forbidden: () => `Ihr Link ist nicht der eines Agenten, und nur diese telefonieren. ${LINK}`,
      origin_not_allowed: () =>
        `Der Server nimmt von dieser Adresse keine Softphones an. ${OPERATOR}: Er kann sie erlauben (ALLOWED_ORIGINS).`,
      telephony_off: (message) =>
        `Telefonie ist auf diesem Server nicht eingerichtet: ${message}. ${OPERATOR}: „npm run doctor -- telephony“ zeigt, was fehlt.`,
      telnyx_key_refused: () =>
        `Telnyx nimmt den API-Schlüssel dieses Servers nicht an. ${OPERATOR}: TELNYX_API_KEY ist zu prüfen.`,
      telnyx_not_found: () =>
        `Telnyx findet die Zugangsdaten dieses Servers nicht. ${OPERATOR}: „npm run doctor -- telephony“ zeigt, was fehlt.`,
      telnyx_refused: (message) => `Telnyx gibt keine Anmeldung: ${message}. ${OPERATOR}.`,
      telnyx_unavailable: () => 'Telnyx ist gerade nicht erreichbar. Versuchen Sie es gleich noch einmal.',
      rate_limited: () => 'Das war zu oft. Warten Sie eine Minute, und versuchen Sie es noch einmal.',
      unreachable: () =>
        'Der Server ist nicht erreichbar. Prüfen Sie die Verbindung, und versuchen Sie es noch einmal.',
      offline: () => 'Dieser Computer hat kein Netz. Das Softphone kommt zurück, sobald er eines hat.',
      login_refused: (message) =>
        `Telnyx nahm die Anmeldung nicht an: ${message}. Versuchen Sie es noch einmal; bleibt es so, sagen Sie es dem Betreiber dieses Servers.`,
      not_ready: () =>
        'Das Softphone ist noch nicht bereit. Warten Sie, bis es das ist, und rufen Sie noch einmal an.',
      no_number: () => 'Das ist keine Nummer, die man anrufen kann. Schreiben Sie sie wie +49 30 1234567.',
      call_failed: (message) => `Der Anruf kam nicht zustande: ${message} Versuchen Sie es noch einmal.`,
      hold_failed: () =>
        'Das Gespräch ließ sich nicht halten oder weiterführen. Versuchen Sie es noch einmal.',
      device_failed: () => 'Dieses Gerät ließ sich nicht benutzen. Wählen Sie ein anderes.',
    },
    badToken: (message) => `Der Server nahm Ihren Link nicht an: ${message}. ${LINK}`,
    unknown: (message) =>
      `Etwas ging schief: ${message}. Laden Sie die Seite neu, und versuchen Sie es noch einmal.`,
  },
};
