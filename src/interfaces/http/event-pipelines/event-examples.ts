const EVENT = {
  user_id: 'user_42',
  page_url: 'https://www.example.com/products',
  page_title: 'Products',
  device_type: 'mobile',
};

export const EVENT_BODY_EXAMPLES = {
  one: { summary: 'One event; its id and time are filled in', value: EVENT },
  many: {
    summary: 'Several events',
    value: {
      events: [
        { event_id: '550e8400-e29b-41d4-a716-446655440000', timestamp: 1_702_567_890_123, ...EVENT },
        { user_id: 'user_7', device_type: 3 },
      ],
    },
  },
};

const SENT = { index: 0, status: 'sent', event_id: '550e8400-e29b-41d4-a716-446655440000' };
const OF = { domain: 'ecommerce', event_type: 'page_view' };

export const SENT_EXAMPLE = { ...OF, sent: 1, rejected: 0, failed: 0, outcomes: [SENT] };

export const PARTLY_EXAMPLE = {
  ...OF,
  sent: 1,
  rejected: 1,
  failed: 0,
  outcomes: [
    SENT,
    {
      index: 1,
      status: 'rejected',
      code: 'event.invalid',
      errors: [{ path: 'device_type', message: 'must be a text' }],
    },
  ],
};
