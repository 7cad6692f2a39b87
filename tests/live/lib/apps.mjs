// The apps that the live tests configure.

export const mainApp = { id: '1', key: 'app-key', secret: 'app-secret' };
export const quietApp = { id: '2', key: 'quiet-key', secret: 'quiet-secret' };
export const offApp = { id: '3', key: 'off-key', secret: 'off-secret' };
export const countApp = { id: '4', key: 'count-key', secret: 'count-secret' };
export const homeApp = { id: '5', key: 'home-key', secret: 'home-secret' };
// While a key is being rotated both work.
export const newKey = { id: '1', key: 'new-key', secret: 'new-secret' };

export const appsToml = `
[[apps]]
id = "1"
keys = [
  { key = "app-key", secret = "app-secret" },
  { key = "new-key", secret = "new-secret" },
]

[[apps]]
id = "2"
keys = [{ key = "quiet-key", secret = "quiet-secret" }]
client_events = false

[[apps]]
id = "3"
keys = [{ key = "off-key", secret = "off-secret" }]
enabled = false

[[apps]]
id = "4"
keys = [{ key = "count-key", secret = "count-secret" }]
subscription_counts = true

[[apps]]
id = "5"
keys = [{ key = "home-key", secret = "home-secret" }]
origins = ["https://home.example"]
`;
