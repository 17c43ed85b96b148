// Runs the npm package @vishtar/telegram-test-api, and adds what it lacks beside it; nothing of the package is changed.
// node telegram_emulator.js FOLDER PORT: FOLDER holds node_modules.
const path = require('path');
const [folder, port] = process.argv.slice(2);
const { TelegramServer } = require(path.join(folder, 'node_modules', '@vishtar', 'telegram-test-api', 'lib', 'telegramServer'));

const files = {};
const waiters = [];
const given = (request) => ({ ...request.query, ...request.body });
const ok = (response, result) => response.json({ ok: true, result });
const parsed = (value) => (typeof value === 'string' ? JSON.parse(value) : value);

// What a real press has: an id that is a text, a chat_instance, and a message with an id and a date.
const format = TelegramServer.formatUpdate;
TelegramServer.formatUpdate = (update) => {
  const formatted = format(update);
  if (formatted.callback_query) {
    formatted.callback_query.chat_instance = '1';
    formatted.callback_query.message = { date: 1, ...formatted.callback_query.message };
  }
  return formatted;
};

// A webhook is called with its secret, and one that refuses does not end the process.
const add = TelegramServer.prototype.addUserUpdate;
TelegramServer.prototype.addUserUpdate = async function addUserUpdate(update) {
  const webhook = this.webhooks[update.botToken];
  if (!webhook) return add.call(this, update);
  const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': webhook.secret_token };
  const body = JSON.stringify(TelegramServer.formatUpdate(update));
  await fetch(webhook.url, { method: 'POST', headers, body });
  this.updateId += 1;
  return undefined;
};

const routes = (app, server) => {
  for (const event of ['AddedUserMessage', 'AddedUserCommand', 'AddedUserCallbackQuery']) {
    server.on(event, () => waiters.splice(0).forEach((wake) => wake()));
  }
  app.all('/bot:token/getMe', (request, response) => ok(response, {
    id: 123456, is_bot: true, first_name: 'Portevoix', username: 'portevoix_bot',
  }));
  app.all('/bot:token/getUpdates', async (request, response) => {
    const { offset = 0, timeout = 0 } = given(request);
    const found = () => server.storage.userMessages
      .filter((update) => update.botToken === request.params.token && update.updateId >= Number(offset))
      .map(TelegramServer.formatUpdate);
    if (!found().length && Number(timeout)) {
      await new Promise((wake) => { setTimeout(wake, Number(timeout) * 1000); waiters.push(wake); });
    }
    ok(response, found());
  });
  app.all('/bot:token/sendMessage', (request, response) => {
    const { message_id: id, chat, text } = server.addBotMessage(given(request), request.params.token);
    ok(response, { message_id: id, chat, text, date: Math.floor(Date.now() / 1000) });
  });
  app.all('/bot:token/editMessageReplyMarkup', (request, response) => {
    const asked = given(request);
    server.editMessageReplyMarkup({ ...asked, reply_markup: { inline_keyboard: [] } });
    ok(response, {
      message_id: Number(asked.message_id), date: 1, chat: { id: Number(asked.chat_id), type: 'private' }, text: '-',
    });
  });
  app.all('/bot:token/setWebhook', (request, response) => {
    const asked = given(request);
    server.setWebhook({ ...asked, allowed_updates: parsed(asked.allowed_updates) }, request.params.token);
    ok(response, true);
  });
  app.all('/bot:token/getWebhookInfo', (request, response) => ok(response, {
    url: (server.webhooks[request.params.token] || {}).url || '', has_custom_certificate: false,
    pending_update_count: 0,
  }));
  const granted = [
    'answerCallbackQuery', 'sendChatAction', 'setMyCommands', 'setMyDescription', 'setMyShortDescription',
  ];
  for (const method of granted) app.all(`/bot:token/${method}`, (request, response) => ok(response, true));
  app.post('/_file/:id', (request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => { files[request.params.id] = Buffer.concat(chunks); ok(response, true); });
  });
  app.all('/bot:token/getFile', (request, response) => {
    const { file_id: id } = given(request);
    ok(response, { file_id: id, file_unique_id: id, file_size: files[id].length, file_path: `documents/${id}` });
  });
  app.get('/file/bot:token/documents/:id', (request, response) => response.send(files[request.params.id]));
};

new TelegramServer({ port: Number(port), host: '127.0.0.1' }, { routes: [routes] })
  .start()
  .then(() => console.log('up'));
