import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { api } from '../api/client';
import type { ListItem, TodoList } from '../api/types';
import { confirm } from '../components/Confirm';
import { Icon } from '../components/Icon';
import { t } from '../i18n';
import { attempt } from '../state/attempt';
import { home, put } from '../state/home';

const SHOPPING = 'shopping';
const chosen = signal(SHOPPING);

function nameOf(list: TodoList): string {
  return list.id === SHOPPING ? t('lists.shopping') : list.name;
}

/** The answer to a change is the whole list: it is shown at once, before the event arrives. */
function change(work: () => Promise<unknown>): Promise<boolean> {
  return attempt(async () => {
    const answer = (await work()) as TodoList | undefined;
    if (answer && Array.isArray(answer.items)) put(home.lists, answer.id, answer);
  });
}

export function ListsPage() {
  const lists = [...home.lists.value.values()].sort(
    (a, b) => Number(b.id === SHOPPING) - Number(a.id === SHOPPING) || a.name.localeCompare(b.name),
  );
  const list = lists.find((one) => one.id === chosen.value) ?? lists[0];
  return (
    <>
      <header class="page-head">
        <h1>{t('lists.title')}</h1>
      </header>
      <nav class="chips" aria-label={t('lists.title')}>
        {lists.map((one) => (
          <button
            type="button"
            class="chip"
            key={one.id}
            aria-pressed={one === list}
            onClick={() => {
              chosen.value = one.id;
            }}
          >
            {nameOf(one)}
            <span class="count">{one.items.filter((item) => item.status === 'needs_action').length}</span>
          </button>
        ))}
        <NewList />
      </nav>
      {list && <ListCard key={list.id} list={list} />}
    </>
  );
}

function NewList() {
  const [name, setName] = useState<string | undefined>(undefined);
  if (name === undefined) {
    return (
      <button type="button" class="chip" onClick={() => setName('')}>
        <Icon name="plus" size={16} />
        {t('lists.new')}
      </button>
    );
  }
  const create = async (event: Event) => {
    event.preventDefault();
    if (!name.trim()) { setName(undefined); return; }
    const done = await change(async () => {
      const made = await api.createList(name.trim());
      chosen.value = made.id;
      return made;
    });
    if (done) setName(undefined);
  };
  return (
    <form class="row" onSubmit={(event) => void create(event)}>
      <input
        type="text"
        autofocus
        maxLength={100}
        aria-label={t('lists.name')}
        placeholder={t('lists.name')}
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Escape' && setName(undefined)}
      />
      <button type="submit" class="button primary">
        {t('common.add')}
      </button>
    </form>
  );
}

function ListCard({ list }: { list: TodoList }) {
  const [text, setText] = useState('');
  const open = list.items.filter((item) => item.status === 'needs_action');
  const done = list.items.filter((item) => item.status === 'completed');
  const add = async (event: Event) => {
    event.preventDefault();
    const summary = text.trim();
    if (!summary) return;
    setText('');
    if (!(await change(() => api.addItem(list.id, summary)))) setText(summary);
  };
  const remove = async () => {
    const shopping = list.id === SHOPPING;
    const sure = await confirm(
      t(shopping ? 'lists.empty_sure' : 'lists.delete_sure', { name: nameOf(list) }),
      t(shopping ? 'lists.empty_it' : 'lists.delete'),
    );
    if (sure) await attempt(() => api.deleteList(list.id));
  };
  return (
    <section class="card list" aria-label={nameOf(list)} data-list={list.id}>
      <form class="row fill" onSubmit={(event) => void add(event)}>
        <input
          type="text"
          maxLength={500}
          enterkeyhint="done"
          aria-label={t('lists.item')}
          placeholder={t('lists.item')}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="round primary" aria-label={t('common.add')} disabled={!text.trim()}>
          <Icon name="plus" />
        </button>
      </form>
      {list.items.length === 0 && <p class="quiet">{t('lists.empty')}</p>}
      <ul>
        {[...open, ...done].map((item) => (
          <Item key={item.id} list={list} item={item} />
        ))}
      </ul>
      <div class="row end wrap">
        {done.length > 0 && (
          <button type="button" class="button" onClick={() => void change(() => api.clearList(list.id))}>
            {t('lists.clear')}
          </button>
        )}
        {(list.id !== SHOPPING || list.items.length > 0) && (
          <button type="button" class="button quiet" onClick={() => void remove()}>
            <Icon name="trash" size={18} />
            {t(list.id === SHOPPING ? 'lists.empty_it' : 'lists.delete')}
          </button>
        )}
      </div>
    </section>
  );
}

function Item({ list, item }: { list: TodoList; item: ListItem }) {
  const [text, setText] = useState<string | undefined>(undefined);
  const done = item.status === 'completed';
  const save = async (event?: Event) => {
    event?.preventDefault();
    const summary = text?.trim();
    setText(undefined);
    if (summary && summary !== item.summary) await change(() => api.patchItem(list.id, item.id, { summary }));
  };
  return (
    <li class={done ? 'item done' : 'item'} data-item={item.id}>
      {text === undefined ? (
        <>
          <label class="tick">
            <input
              type="checkbox"
              checked={done}
              onChange={() =>
                void change(() =>
                  api.patchItem(list.id, item.id, { status: done ? 'needs_action' : 'completed' }),
                )
              }
            />
            <span class="tick-box">
              <Icon name="check" size={16} />
            </span>
            <span class="summary">{item.summary}</span>
          </label>
          <button
            type="button"
            class="plain round"
            aria-label={t('lists.edit', { name: item.summary })}
            onClick={() => setText(item.summary)}
          >
            <Icon name="edit" size={18} />
          </button>
          <button
            type="button"
            class="plain round"
            aria-label={t('lists.remove', { name: item.summary })}
            onClick={() => void change(() => api.deleteItem(list.id, item.id))}
          >
            <Icon name="trash" size={18} />
          </button>
        </>
      ) : (
        <form class="row fill" onSubmit={(event) => void save(event)}>
          <input
            type="text"
            autofocus
            maxLength={500}
            aria-label={t('lists.edit', { name: item.summary })}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => event.key === 'Escape' && setText(undefined)}
          />
          <button type="submit" class="button primary">
            {t('common.save')}
          </button>
        </form>
      )}
    </li>
  );
}
