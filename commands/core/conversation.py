"""From an event in the inbox to its consequences: the one place where a person's words become a command.

Everything happens in the transaction that it is given, and nothing here touches the network.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog
from rapidfuzz import fuzz, process

from commands.core import dialog, letters, message, questions, upgrades
from commands.core.arguments import ArgumentError, unfilled
from commands.core.context import Context, Network, Role
from commands.core.errors import UserError, told
from commands.core.forms import Form, FormFieldsError
from commands.core.nodes import Block, Code, Paragraph, strong
from commands.core.registry import Command, Courtesy, Registry, Spoken, fold, says_something
from commands.core.render import content as message_content
from commands.core.render import render
from commands.core.reply import Reply
from commands.core.topics import Asks, Fetched, Topic
from commands.core.values import yes_or_no
from config.languages import UI_LANGUAGES, ui_language
from storage import dialogs, inbox, outbox, rooms
from storage.database import Tx
from storage.dialogs import Dialog
from storage.inbox import InboxEvent, InboxState, Kind
from storage.outbox import OutboxRow, OutboxState
from storage.scene import scene
from storage.search import detect_language

log = structlog.get_logger("conversation")

EDIT_WINDOW = timedelta(minutes=5)  # DESIGN, conventions of the chat
MAX_PAGES = 20
PERHAPS = "perhaps"  # the topic of what asks whether words were the answer to a question
COMMAND_LENGTH = 100  # characters of the first line of a command that is typed; prose goes on for longer
LABELS_OF_A_FORM = 3  # so many of a form's labels make a message that form, even without its first line
# How alike, in percent, a word has to be to a command's. Without a prefix it is more likely meant as it is.
TYPO_AFTER_PREFIX = 70
LONGEST_TYPO = 40  # characters
TYPO_IN_ONE_WORD = 84
WORDS_OF_A_SENTENCE = 4  # of so many words a text's language can be told
_RECENT = 3  # messages that tell which language somebody speaks
_NUMBER = re.compile(r"#?[0-9]{1,9}\b")


class Conversation:
    """Understands what is said to the bot, and answers."""

    def __init__(self, registry: Registry, network: Network) -> None:
        perhaps = Topic(PERHAPS, self._perhaps_tapped, self._perhaps_replied, open=_asks_for_choice)
        self.registry = replace(registry, topics={**registry.topics, PERHAPS: perhaps})
        self.network = network

    def handle(self, tx: Tx, event: InboxEvent) -> None:
        """Carry out one event. A `UserError` is answered here; every other exception is a bug of ours."""
        ctx = self._context(tx, event)
        try:
            with tx.savepoint():
                self._dispatch(ctx, event)
        except UserError as error:
            command = self.registry.commands.get(ctx.command)
            private = command is not None and command.private
            here = ctx.privately() if private else ctx
            self._say(ctx, Reply(tuple(self._explain(here, error)), private=private))

    def apologise(self, tx: Tx, event: InboxEvent, reference: str) -> None:
        """Tell the sender that something of ours went wrong, with the reference that is in the log."""
        if event.kind not in (Kind.MESSAGE, Kind.EDIT, Kind.FETCHED):
            return
        ctx = self._context(tx, event)
        if event.kind == Kind.FETCHED:
            self._go_on(ctx, str(event.content.get("event_id")))
        self._say(ctx, Reply((ctx.p("error.bug", reference=strong(reference)),)))

    # --- the kinds of events

    def _dispatch(self, ctx: Context, event: InboxEvent) -> None:
        match event.kind:
            case Kind.MESSAGE:
                self._message(ctx, event)
            case Kind.EDIT:
                self._edit(ctx, event)
            case Kind.REACTION:
                self._reaction(ctx, event)
            case Kind.UNTAPPED:
                self._untapped(ctx, str(event.content.get("reaction")))
            case Kind.INVITE:
                self._invite(ctx, event)
            case Kind.UPGRADE:
                upgrades.begin(ctx, event.content.get("replacement_room"))
            case Kind.TOO_LONG:
                raise UserError(
                    "error.too_long",
                    length=ctx.texts.number(event.content.get("length", 0)),
                    limit=ctx.texts.number(self.network.message_limit),
                    share=ctx.call("share"),
                )
            case Kind.FETCHED:
                self._fetched(ctx, event)
            case Kind.LIMITED:
                whose, limit = event.content.get("whose", "sender"), event.content.get("limit", 0)
                self._say(ctx, Reply((Paragraph((ctx.n(f"limit.{whose}", limit),)),)))
            case Kind.MEMBERSHIP:
                self._alone(ctx)

    def _message(self, ctx: Context, event: InboxEvent) -> None:
        said = self._read(ctx, event)
        ctx.thread = said.thread
        if self._under_ours(ctx, event.content, said):
            return
        if ctx.direct and event.content.get("msgtype") not in ("m.text", "m.emote"):
            raise UserError("error.not_text")
        self._words(ctx, said)

    def _under_ours(self, ctx: Context, content: dict[str, Any], said: message.Said) -> bool:
        """Whether what was sent in reply to a message of ours was for what that message is about."""
        found = self._topic_under(ctx, said) or self._topic_before(ctx, content, said)
        if found is None:
            return False
        topic, reference = found
        reply = None
        if message.is_file(content):
            self._listen_to_language(ctx, "")
            with_file = topic.file
            if with_file:
                reply = self._or_refusal(ctx, topic, reference, lambda: with_file(ctx, reference, content))
        elif topic.replied and topic.takes_words(direct=ctx.direct):
            if not ctx.direct and not ctx.holds(topic.requires):
                return False  # people talk to each other there
            replied = topic.replied
            reply = self._or_refusal(ctx, topic, reference, lambda: replied(ctx, reference, said.text))
        if reply:
            self._say(ctx, reply)
        return reply is not None

    def _topic_under(self, ctx: Context, said: message.Said) -> tuple[Topic, str] | None:
        """What the message of ours that is replied to is about, unless a command is given under it.

        In a direct chat whoever goes on in a thread replies to what was said there last.
        """
        target = said.reply_to
        if target is None and ctx.direct and not self._only_a_command(said.text):
            target = said.follows
        if target is None or said.called:
            return None
        ours = outbox.message_of(ctx.tx, target)
        return self.registry.topic(ours.topic) if ours else None

    def _only_a_command(self, text: str) -> bool:
        spoken = self.registry.understand(text)
        courtesy = spoken is not None and spoken.command.courtesy
        return spoken is not None and not courtesy and not says_something(spoken.arguments)

    def _topic_before(
        self, ctx: Context, content: dict[str, Any], said: message.Said
    ) -> tuple[Topic, str] | None:
        """What the message of ours before a file is about, if it awaits one."""
        if not ctx.direct or said.reply_to or not message.is_file(content):
            return None
        found = self.registry.topic(outbox.last_topic(ctx.tx, ctx.room_id))
        return found if found and found[0].awaits_file else None

    def _fetched(self, ctx: Context, event: InboxEvent) -> None:
        """Hand a file that has come to the topic that asked for it; the answer replaces the first one."""
        told = event.content
        written, key, name, sent = (told.get(part) for part in ("topic", "key", "name", "event_id"))
        if not (isinstance(key, str) and isinstance(sent, str)):
            return
        fetched = Fetched(str(name), outbox.take_fetched(ctx.tx, key), told.get("failure"))
        said = inbox.find(ctx.tx, sent)
        if said and not said.content:  # its sender took it back while it was on its way
            fetched = Fetched(str(name), None, "taken_back")
        found = self.registry.topic(written)
        if found is None or not (take := found[0].fetched):
            return
        self._go_on(ctx, sent)
        reply = self._or_refusal(ctx, *found, lambda: take(ctx, found[1], fetched))
        if reply:
            self._say(ctx, reply)

    def _or_refusal(
        self, ctx: Context, topic: Topic, reference: str, call: Callable[[], Reply | None]
    ) -> Reply | None:
        """What `call` answers; a refusal is about the same, so that one can try again under it."""
        try:
            with ctx.tx.savepoint():
                ctx.need(topic.requires)
                return call()
        except UserError as error:
            return Reply(tuple(self._explain(ctx, error)), topic=topic.of(reference))

    def _go_on(self, ctx: Context, event_id: str) -> None:
        """Answer what somebody sent earlier, in the place of the answer that it has had meanwhile."""
        said, answered = inbox.find(ctx.tx, event_id), outbox.answer_to(ctx.tx, event_id)
        ctx.answer_to, ctx.thread = event_id, self._read(ctx, said).thread if said else None
        ctx.replaces = answered.key if answered else None
        self._listen_to_language(ctx, "")

    def _words(self, ctx: Context, said: message.Said) -> None:
        open_dialog = dialogs.active(ctx.tx, ctx.sender) if ctx.direct else None
        spoken = self.registry.understand(said.text)
        if open_dialog and not said.prefixed and not self._sends_form(open_dialog.name, spoken):
            self._answer(ctx, open_dialog, said.text, spoken)
        elif said.prefixed:
            if spoken is None:
                raise self._unknown(ctx, said.text)
            self._run(ctx, spoken)
        elif ctx.direct or said.called or (said.addressed and spoken):
            self._free_words(ctx, said.text)

    def _answer(self, ctx: Context, asked: Dialog, text: str, spoken: Spoken | None) -> None:
        """Take the words as the answer to a dialog's question, or ask back where they are like a command."""
        form = self._form(ctx, asked)
        if command := dialog.command_meant(asked, text):
            self._run_within(ctx, asked, self.registry.understand(command))
            return
        if self._asked_meanwhile(ctx, text):
            self._say(ctx, dialog.resume(ctx, form, asked, "dialog.two_questions"))
            return
        meant = spoken and self._typed(spoken, text) and not dialog.tells(form, asked, text)
        if spoken and meant and not dialog.certain(ctx, form, asked, text):
            if spoken.command.name == "help" and self.registry.meanings(spoken.arguments.rstrip(" .!?")):
                self._run_within(ctx, asked, spoken)
                return
            if dialog.late(ctx, asked) and not spoken.command.listed:
                reply = dialog.resume(ctx, form, asked)  # a greeting
            else:
                typed = text.rstrip(" .!") if spoken.arguments.strip() else spoken.word
                whole = dialog.shortened(typed) == typed
                shown = Code(self.network.prefix + (typed if whole else f"{spoken.word} …"))
                reply = dialog.ask_back(ctx, form, asked, text, shown)
        else:
            reply = dialog.answer(ctx, form, asked, text)
        self._say(ctx, reply)

    def _asked_meanwhile(self, ctx: Context, text: str) -> bool:
        """Whether a yes or no may be for another question, which came in the middle of a form."""
        if not questions.says_yes_or_no(text) or len(text.split()) >= WORDS_OF_A_SENTENCE:
            return False
        asked = questions.asked(ctx, self.registry)
        return bool(asked and asked[0].last and Asks.YES_OR_NO in asked[0].asks)

    def _run_within(self, ctx: Context, asked: Dialog, spoken: Spoken | None) -> None:
        """Carry out a command in the middle of a form, and ask the open question once more."""
        dialogs.keep(ctx.tx, asked)
        if spoken:
            self._run(ctx, spoken)
        still = dialogs.active(ctx.tx, ctx.sender)
        if still and still.name == asked.name:
            self._say(ctx, dialog.resume(ctx, self._form(ctx, still), still))

    def _form(self, ctx: Context, asked: Dialog) -> Form:
        """The form that a dialog asks for; from now on the answer speaks the dialog's language."""
        ctx.language = ui_language(ctx.locale or asked.locale, ctx.language)
        return self.registry.forms[asked.name].as_begun(ctx, asked)

    def _typed(self, spoken: Spoken, text: str) -> bool:
        # "Change came slowly, because …" begins with a command, too.
        first, *_ = text.split("\n", 1)
        fits = not spoken.arguments.strip() or bool(spoken.command.args.specs())
        return fits and len(first) <= COMMAND_LENGTH

    def _free_words(self, ctx: Context, typed: str) -> None:
        """Understand what needs no prefix: a courtesy, a command, a form without its first line, a search."""
        if not typed.split():
            raise self._unknown(ctx, typed)
        self._listen_to_language(ctx, typed)
        if reply := self._unasked(ctx, typed):
            self._say(ctx, reply)
            return
        polite, text = self.registry.courtesy(typed)
        if polite:
            text = self._without_own_name(ctx, text)
        spoken = self.registry.understand(text)
        if polite and spoken is None and not says_something(text):
            answer = polite.arguments.lstrip(" ,.!–-\n")
            if ctx.direct and questions.says_yes_or_no(answer):
                text = answer  # "Danke, ja gern!"
            elif not self._thanked(ctx, polite):
                self._run(ctx, replace(polite, arguments=""))
                return
            else:
                return
        doubtful = None
        if spoken is not None and not self._consents(ctx, spoken, text):
            try:
                with ctx.tx.savepoint():
                    self._run(ctx, spoken)
            except UserError as error:
                if not _doubtful(error):
                    raise
                if not _sentence(spoken) and not self.registry.wished(text):
                    raise
                doubtful = spoken
            else:
                return
        if (wished := self.registry.wished(text)) and not questions.says_yes_or_no(text):
            self._run(ctx, wished)
        elif form := self._form_of(text):
            self._run(ctx, Spoken(form, None, text, ""))
        elif not (ctx.direct and self._to_question(ctx, text, doubtful)):
            self._search(ctx, text, doubtful)

    def _unasked(self, ctx: Context, text: str) -> Reply | None:
        """What a topic makes of words that are no reply, if they can only be meant for it."""
        for topic in self.registry.topics.values():
            if ctx.direct and topic.said and ctx.holds(topic.requires) and (reply := topic.said(ctx, text)):
                return reply
        return None

    # --- the answers to what the bot has asked, without a reply

    def _consents(self, ctx: Context, spoken: Spoken, text: str) -> bool:
        """Whether an "ok" or a thumb, which may mean nothing more, is the yes that was asked for last."""
        if not ctx.direct or spoken.command.listed or not questions.says_yes_or_no(text):
            return False
        asked = questions.asked(ctx, self.registry)
        return bool(asked and asked[0].last and asked[0].asks & (Asks.YES_OR_NO | Asks.CHOICE))

    def _thanked(self, ctx: Context, polite: Spoken) -> bool:
        """Whether thanks were for what the bot has just brought from somebody."""
        if not ctx.direct or polite.command.courtesy is not Courtesy.THANKS:
            return False
        asked = questions.asked(ctx, self.registry)
        if not (asked and asked[0].last and Asks.THANKS in asked[0].asks):
            return False
        reply = self._answered(ctx, asked[0].topic, asked[0].reference, polite.word)
        if reply:
            self._say(ctx, reply)
        return reply is not None

    def _answered(self, ctx: Context, topic: Topic, reference: str, words: str) -> Reply | None:
        ctx.need(topic.requires)
        return topic.replied(ctx, reference, words) if topic.replied else None

    def _to_question(self, ctx: Context, text: str, doubtful: Spoken | None) -> bool:
        """Whether words were taken for what the bot has asked, or asked back about.

        Nothing is taken that may be a search: what is found is shown, and the words are taken on a "yes".
        """
        if ctx.replaces:
            return False  # words that were edited
        asked, consents = questions.asked(ctx, self.registry), questions.says_yes_or_no(text)
        ctx.confided = bool(asked) or consents
        meant = questions.meant(ctx, asked, text)
        if meant is None:
            several = consents and any(Asks.YES_OR_NO in one.asks for one in asked)
            if several:
                self._say(ctx, Reply((ctx.p("questions.several"),)))
            return several
        (question, sure), opening = meant, None
        if sure:
            try:
                with ctx.tx.savepoint():
                    reply = self._answered(ctx, question.topic, question.reference, text)
            except UserError as error:
                opening = Reply(tuple(self._explain(ctx, error)), topic=question.topic.of(question.reference))
            else:
                if reply:
                    self._say(ctx, reply)
                return reply is not None
        if opening is None:
            told = ctx.p("questions.meant", typed=dialog.shortened(text))
            reference = f"{ctx.answer_to} {question.topic.of(question.reference)}"
            topic = f"{PERHAPS}:{reference}"
            opening = Reply((told,), topic=topic, reactions=dialog.YES, about=ctx.sender)
        if consents or (sure and Asks.WORDS in question.asks):
            self._say(ctx, opening)
        else:
            self._search(ctx, text, doubtful, opening)
        return True

    def _perhaps_tapped(self, ctx: Context, reference: str, emoji: str) -> Reply | None:
        return self._was_meant(ctx, reference) if dialog.control(emoji) == "yes" else None

    def _perhaps_replied(self, ctx: Context, reference: str, text: str) -> Reply | None:
        try:
            yes = yes_or_no(text.rstrip(" .!"), ctx)
        except UserError:
            return None
        return self._was_meant(ctx, reference) if yes else Reply((ctx.p("questions.not_meant"),))

    def _was_meant(self, ctx: Context, reference: str) -> Reply | None:
        """Take what somebody said earlier as the answer to a question, now that they say so."""
        event_id, _, written = reference.partition(" ")
        said, known = inbox.find(ctx.tx, event_id), self.registry.topic(written)
        if said is None or not said.content or known is None or said.sender != ctx.sender:
            raise UserError("questions.forgotten")
        if known[0].open is None or not known[0].open(ctx, known[1]):
            raise UserError("questions.closed")  # a second "yes" takes nothing twice
        return self._answered(ctx, *known, self._read(ctx, said).text)

    # --- searching

    def _search(self, ctx: Context, text: str, doubtful: Spoken | None, opening: Reply | None = None) -> None:
        """Search for the words; say so where they may be meant as a command, or as an answer (`opening`)."""
        first, *others = text.split()
        misspelt = None if doubtful else self._nearest(ctx, first, TYPO_IN_ONE_WORD)
        if misspelt and others and _NUMBER.match(others[0]):
            raise self._unknown(ctx, text)  # nobody looks for "praxsis 3"
        reply = self._carry_out(ctx, Spoken(self.registry.commands["search"], None, text, ""))
        meant = doubtful.command if doubtful else misspelt[0] if misspelt else None
        # "about bicycles in winter" is as little a command as "hilfen für Familien".
        if reply and meant and (meant.args.specs() if doubtful else not others):
            reply = replace(reply, blocks=(self._perhaps(ctx, meant), *reply.blocks))
        if reply and opening:
            blocks = (*opening.blocks, *reply.blocks)
            reply = replace(reply, blocks=blocks, topic=opening.topic, reactions=opening.reactions)
        if reply:
            self._say(ctx, reply)

    def _perhaps(self, ctx: Context, meant: Command) -> Paragraph:
        if meant.requires in ctx.roles or meant.requires is Role.MODERATOR:
            return ctx.p("command.perhaps", meant=ctx.call(meant.name))
        return ctx.p("command.perhaps_member", meant=ctx.call(meant.name), register=ctx.call("register"))

    def _form_of(self, text: str) -> Command | None:
        """The command whose form a text is, without its first line."""
        forms = [form for form in self.registry.forms.values() if form.name in self.registry.commands]
        # Where it could be either, it is rather what everybody may send.
        best = max(forms, key=lambda form: (form.recognised(text), form.begun_by is None))
        return self.registry.commands[best.name] if best.recognised(text) >= LABELS_OF_A_FORM else None

    def _listen_to_language(self, ctx: Context, typed: str) -> None:
        """Where nobody chose a language, answer in that of a sentence, or of what was said before."""
        if ctx.room_language or ctx.locale:
            return
        language = self._language_of(typed)
        if language is None and ctx.direct:
            before = inbox.said_before(ctx.tx, ctx.room_id, ctx.sender, limit=_RECENT)
            heard = (self._language_of(str(content.get("body", ""))) for content in before)
            language = next((one for one in heard if one), None)
        ctx.language = language or ctx.language

    def _language_of(self, text: str) -> str | None:
        """The language of a command's word or of a whole sentence."""
        spoken = self.registry.understand(text.removeprefix(self.network.prefix))
        if spoken and spoken.language:
            return spoken.language
        return detect_language(text, UI_LANGUAGES) if len(text.split()) >= WORDS_OF_A_SENTENCE else None

    def _without_own_name(self, ctx: Context, text: str) -> str:
        names = (name for name in (ctx.own_name, self.network.user_id[1:].split(":", 1)[0]) if name)
        return re.sub(rf"\A(?:{'|'.join(map(re.escape, names))})\b[\s,.!:]*", "", text, flags=re.IGNORECASE)

    def _sends_form(self, name: str, spoken: Spoken | None) -> bool:
        # Someone in a dialog who sends the filled-in form after all, as it was handed out.
        return (
            spoken is not None
            and spoken.command.name == name
            and self.registry.forms[name].looks_like(spoken.arguments)
        )

    def _run(self, ctx: Context, spoken: Spoken) -> None:
        reply = self._carry_out(ctx, spoken)
        if reply is not None:
            self._say(ctx, reply)

    def _carry_out(self, ctx: Context, spoken: Spoken) -> Reply | None:
        command = spoken.command
        ctx.command, ctx.invoked = command.name, spoken.word
        if spoken.language and not (ctx.room_language or ctx.locale):
            ctx.language = spoken.language
        ctx.need(command.requires)
        return command.run(ctx, spoken.arguments)

    def _edit(self, ctx: Context, event: InboxEvent) -> None:
        replaced = message.replacement(event.content)
        if replaced is None:
            return
        target, new = replaced
        original = inbox.find(ctx.tx, target)
        said = self._understand(ctx, new)
        before = self._read(ctx, original) if original else None
        under = self._topic_under(ctx, before) if before else None
        taken = under is not None and under[0].takes_words(direct=ctx.direct)
        if before and taken and not said.called and outbox.answer_to(ctx.tx, target):
            if said.text == before.text:
                return
            ctx.answer_to = target
            raise UserError("edit.not_replaced")  # what was said has been passed on at once
        if not (said.addressed or ctx.direct):
            return  # it has become talk with others
        ctx.answer_to = target
        if original and ctx.direct and self._corrects(ctx, original, said):
            return
        if event.sent_at - (original.sent_at if original else event.sent_at) > EDIT_WINDOW:
            raise UserError("edit.too_late")
        if original is None or before is None:
            # It only became a command by the edit, for instance because the prefix was missing; or it was one
            # so long ago that its words are forgotten, though not that it was answered.
            if outbox.answer_to(ctx.tx, target):
                raise UserError("edit.too_late")
            if said.addressed:
                ctx.thread = said.thread
                self._words(ctx, said)
            return
        if said.text == before.text and said.addressed == before.addressed:
            return
        ctx.thread = before.thread
        spoken = self.registry.understand(said.text)
        answered = outbox.answer_to(ctx.tx, target)
        spoken_before = self.registry.understand(before.text)
        harmless = spoken_before is None or spoken_before.command.repeatable or before.text == ""
        if not (spoken and spoken.command.repeatable and harmless and answered):
            if spoken_before is None and spoken and said.addressed:
                ctx.replaces = answered.key if answered else None
                self._words(ctx, said)
                return
            raise UserError("edit.not_replaced")
        ctx.replaces = answered.key
        self._words(ctx, said)

    def _corrects(self, ctx: Context, original: InboxEvent, said: message.Said) -> bool:
        """Whether the words of an edit are none for a command, but for the dialog that is open."""
        asked, before = dialogs.active(ctx.tx, ctx.sender), self._read(ctx, original)
        if asked is None or said.prefixed or before.prefixed or said.text == before.text:
            return False
        form = self._form(ctx, asked)
        self._say(ctx, dialog.correct(ctx, form, asked, original.event_id, said.text))
        return True

    def _reaction(self, ctx: Context, event: InboxEvent) -> None:
        tapped = message.annotation(event.content)
        if tapped is None:
            return
        target, emoji = tapped
        ours = outbox.message_of(ctx.tx, target)
        if ours and self._tapped(ctx, ours, target, emoji):
            return
        asked = dialogs.by_prompt(ctx.tx, ours.key) if ours else self._just_asked(ctx, target)
        if asked is None or asked.user_id != ctx.sender or asked.paused:
            return
        form = self._form(ctx, asked)
        ctx.answer_to = target
        if command := dialog.command_meant(asked, emoji):
            self._run_within(ctx, asked, self.registry.understand(command))
            return
        step_choices = asked.step != dialog.CONFIRM and form.field(asked.step).choices
        if dialog.control(emoji) or step_choices:
            self._say(ctx, dialog.answer(ctx, form, asked, emoji))

    def _tapped(self, ctx: Context, ours: OutboxRow, target: str, emoji: str) -> bool:
        """Whether a reaction was for what the message is about."""
        found = self.registry.topic(ours.topic)
        if found is None or found[0].reacted is None or not ctx.holds(found[0].requires):
            return False
        relation = ours.content.get("m.relates_to", {})
        here = replace(
            ctx,
            answer_to=target,
            thread=relation.get("event_id") if relation.get("rel_type") == "m.thread" else None,
        )
        try:
            with ctx.tx.savepoint():
                reply = found[0].reacted(here, found[1], emoji)
        except UserError as error:
            reply = Reply(tuple(self._explain(here, error)))
        if reply:
            self._say(here, reply)
        return reply is not None

    def _untapped(self, ctx: Context, reaction: str) -> None:
        """Undo what a reaction counted for, now that who tapped it took it back."""
        for topic in self.registry.topics.values():
            if topic.untapped and (reply := topic.untapped(ctx, reaction)):
                self._say(ctx, reply)

    def _just_asked(self, ctx: Context, target: str) -> Dialog | None:
        """The dialog whose question has been sent but not yet marked so: the person was quicker.

        In a direct chat every message of theirs is in the inbox, so what is in neither place is ours.
        """
        if not ctx.direct or inbox.find(ctx.tx, target):
            return None
        asked = dialogs.active(ctx.tx, ctx.sender)
        prompt = outbox.by_key(ctx.tx, asked.prompt) if asked and asked.prompt else None
        return asked if prompt and prompt.state == OutboxState.PENDING else None

    def _alone(self, ctx: Context) -> None:
        """Leave a direct chat whose other side left, unless they are back already."""
        room, theirs = ctx.room, rooms.membership(ctx.tx, ctx.room_id, ctx.sender)
        if room and room.membership == "join" and room.direct_with == ctx.sender and theirs != "join":
            outbox.leave(ctx.tx, ctx.room_id)

    def _invite(self, ctx: Context, event: InboxEvent) -> None:
        room = ctx.room
        if room is None or room.membership != "invite":
            return
        if replaced := rooms.replaced_by(ctx.tx, ctx.room_id):
            outbox.follow(ctx.tx, replaced.room_id, ctx.room_id, [])
            return
        server = ctx.sender.split(":", 1)[-1]
        if server not in self.network.allowed_servers and not ctx.holds(Role.GUEST):
            log.warning("invitation_refused", room=ctx.room_id, by=ctx.sender, hint="see ALLOWED_SERVERS")
            inbox.mark(ctx.tx, event.event_id, InboxState.REFUSED)
            outbox.leave(ctx.tx, ctx.room_id)
            return
        outbox.join(ctx.tx, ctx.room_id)
        if ctx.direct:
            self._run(ctx, Spoken(self.registry.commands["hello"], None, "", ""))

    # --- understanding

    def _read(self, ctx: Context, event: InboxEvent) -> message.Said:
        return self._understand(ctx, event.content)

    def _understand(self, ctx: Context, content: dict[str, Any]) -> message.Said:
        return message.read(
            content,
            user_id=self.network.user_id,
            prefix=self.network.prefix,
            names=(ctx.own_name,) if ctx.own_name else (),
        )

    def _context(self, tx: Tx, event: InboxEvent) -> Context:
        here = scene(
            tx,
            event.room_id,
            sender=event.sender,
            bot=self.network.user_id,
            hub_room=self.network.hub_room,
        )
        moved = here.hub_room != self.network.hub_room
        ctx = Context(
            tx=tx,
            network=replace(self.network, hub_room=here.hub_room) if moved else self.network,
            sender=event.sender,
            room_id=event.room_id,
            language=self.network.default_language,
            answer_to=event.event_id if event.event_id.startswith("$") else None,
            sent_at=event.sent_at,
            room=here.room,
            own_name=here.own_name,
            locale=here.locale,
            in_hub=here.in_hub,
        )
        ctx.language = ui_language(ctx.room_language or ctx.locale, ctx.language)
        return ctx

    def _unknown(self, ctx: Context, text: str) -> UserError:
        words = text.split()
        if not words:
            return UserError("command.none", help=ctx.call("help"))
        typed = words[0]
        tries = {count: self._nearest(ctx, " ".join(words[:count]), TYPO_AFTER_PREFIX) for count in (1, 2)}
        if near := {count: found for count, found in tries.items() if found}:
            count = max(near, key=lambda count: near[count][1])
            behind = "".join(words[count : count + 1])
            return UserError(
                "command.unknown_suggest",
                typed=typed[:40],
                meant=ctx.call(near[count][0].name, behind if _NUMBER.match(behind) else ""),
                help=ctx.call("help"),
            )
        search = ctx.call("search", " ".join(text.split())[:60])
        return UserError("command.unknown", typed=typed[:40], search=search, help=ctx.call("help"))

    def _nearest(self, ctx: Context, typed: str, at_least: int) -> tuple[Command, float] | None:
        """The command whose word looks most like what was typed, if any does, and how much in percent."""
        if len(typed) > LONGEST_TYPO:
            return None
        words = {
            fold(word): command
            for command in self.registry.commands.values()
            for word in [*command.words(ctx.language), *command.phrases(ctx.language), command.name]
        }
        best = process.extractOne(fold(typed), list(words), scorer=fuzz.ratio, score_cutoff=at_least)
        return (words[best[0]], best[1]) if best else None

    def _explain(self, ctx: Context, error: UserError) -> list[Block]:
        if isinstance(error, FormFieldsError):
            return [Paragraph((ctx.n("form.errors", len(error.errors)),)), error.listed(ctx)]
        blocks: list[Block] = [Paragraph((told(ctx, error),))]
        command = self.registry.commands.get(ctx.command)
        if command and isinstance(error, ArgumentError):
            example = f"{command.text_key}.example"
            if ctx.texts.has(example):
                blocks.append(
                    ctx.p("argument.example", example=ctx.call(command.name, ctx.texts.raw(example)))
                )
            else:
                blocks.append(ctx.p("argument.example", example=ctx.call(command.name)))
        return blocks

    # --- answering

    def _say(self, ctx: Context, reply: Reply) -> None:
        private = reply.private and not ctx.direct
        to = ctx.sender if private else ctx.room_id
        if private and ctx.room_id.startswith("!"):
            self._point(ctx)
        rendered = [render(page) for page in _with_hints(ctx.privately() if private else ctx, reply)]
        rest: list[Any] = [[page.body, page.html] for page in rendered[1:]]
        if reply.place and reply.place.page < reply.place.pages:
            rest = [vars(reply.place)]
        first = message_content(
            rendered[0],
            reply_to=None if private else ctx.answer_to,
            thread=None if private else ctx.thread,
            mentions=reply.mentions,
        )
        key = self._send(ctx, to, first, reply, private=private)
        if reply.pages is not None or reply.place:
            if private:
                dialogs.forget_pages(ctx.tx, ctx.sender, ctx.room_id)  # the newer list is elsewhere
            dialogs.keep_pages(
                ctx.tx,
                ctx.sender,
                (rooms.direct_chat(ctx.tx, to) or to) if private else to,
                rest,
                private=reply.private,
                about=reply.about if isinstance(reply.about, str) else None,
            )
        if reply.asks:
            open_dialog = dialogs.get(ctx.tx, ctx.sender, reply.asks)
            if open_dialog:
                open_dialog.prompt = key
                dialogs.keep(ctx.tx, open_dialog)
        for emoji in reply.reactions:
            outbox.reaction(ctx.tx, to, emoji, key=key)
        for attachment in reply.attachments:
            letters.attach(ctx.tx, to, attachment, about=reply.about)

    def _point(self, ctx: Context) -> None:
        """Say in the room where the answer is, and only once when the command is edited."""
        pointer = render((ctx.p("reply.in_direct_chat"),))
        before = outbox.by_key(ctx.tx, ctx.replaces) if ctx.replaces else None
        if before is None or before.content.get("body") != pointer.body:
            content = message_content(pointer, reply_to=ctx.answer_to, thread=ctx.thread)
            self._send(ctx, ctx.room_id, content, Reply(()), private=False)

    def _send(self, ctx: Context, to: str, content: dict[str, object], reply: Reply, *, private: bool) -> str:
        if ctx.replaces and not private:
            answered = outbox.by_key(ctx.tx, ctx.replaces)
            if answered and answered.state != OutboxState.DEAD and answered.lane == to:
                outbox.set_topic(ctx.tx, answered.key, reply.topic)
                return outbox.edit(ctx.tx, to, content, key=answered.key, about=reply.about)
        answers = None if private else ctx.answer_to
        return outbox.message(ctx.tx, to, content, about=reply.about, answers=answers, topic=reply.topic)


def _asks_for_choice(_ctx: Context, _reference: str) -> Asks:
    return Asks.CHOICE


def _doubtful(error: UserError) -> bool:
    """Whether what was refused may be no command: "language courses for refugees", a guest's "who has",
    a member's "return of refugees"."""
    refused = ("role.member_needed", "role.moderator_needed")
    return isinstance(error, ArgumentError) or error.message_id in refused


def _sentence(spoken: Spoken) -> bool:
    """Whether words behind a command's make a sentence with it, rather than being its arguments."""
    words = [word for word in spoken.arguments.split() if not unfilled(word)]
    enough = 2 if spoken.command.args.specs() else 1
    return len(words) >= enough and "\n" not in spoken.arguments.strip() and not _NUMBER.match(words[0])


def _with_hints(ctx: Context, reply: Reply) -> list[tuple[Block, ...]]:
    if reply.place:
        return [(*reply.blocks, *_page_hint(ctx, reply.place.page, reply.place.pages))]
    pages = [reply.blocks, *(reply.pages or ())[:MAX_PAGES]]
    return [(*page, *_page_hint(ctx, number, len(pages))) for number, page in enumerate(pages, 1)]


def _page_hint(ctx: Context, page: int, pages: int) -> list[Block]:
    if pages == 1:
        return []
    if page == pages:
        return [ctx.p("more.last", page=str(page), pages=str(pages))]
    return [ctx.p("more.hint", more=ctx.call("more"), page=str(page), pages=str(pages))]
