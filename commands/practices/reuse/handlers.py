"""What a person types to say that their city takes a practice over, what came of it, and thanks."""

from __future__ import annotations

from typing import Annotated

from commands.core import letters
from commands.core.arguments import Args, ArgumentError, PracticeNumber, RestOf
from commands.core.context import Context, Role
from commands.core.registry import command
from commands.core.reply import Reply
from commands.core.topics import Asks, Topic
from commands.practices.reuse import service, views
from config.languages import UI_LANGUAGES
from config.texts import texts
from config.words import fold
from storage import reuse
from storage.reuse import AdoptionState


def adoption_state(typed: str, ctx: Context) -> AdoptionState:
    """A state of an adoption, in any of our languages."""
    wanted = fold(typed)
    for state in AdoptionState:
        for language in UI_LANGUAGES:
            spoken = texts(language)
            words = [
                spoken.raw(f"adoption.state.{state}"),
                *spoken.raw(f"adoption.words.{state}").split("|"),
            ]
            if wanted in map(fold, words):
                return state
    known = ctx.texts.list([ctx.texts.get(f"adoption.state.{state}") for state in AdoptionState], "or")
    raise ArgumentError("adopt.state_unknown", typed=typed[:40], states=known)


class AdoptArgs(Args):
    """`!adopt 12 under way`"""

    practice: PracticeNumber
    adoption_state: Annotated[AdoptionState | None, RestOf(adoption_state)] = None


@command("adopt", requires=Role.MEMBER)
def adopt(ctx: Context, args: AdoptArgs) -> Reply:
    """Say that one's city takes a practice over, or how far it has come with it."""
    practice, adoption, new = service.adopt(ctx, args.practice, args.adoption_state)
    return views.adopted(ctx, practice, adoption, new=new)


class OutcomeArgs(Args):
    """`!outcome 12 forty cargo bikes, and a waiting list`"""

    practice: PracticeNumber
    outcome: Annotated[str, RestOf()]


@command("outcome", requires=Role.MEMBER)
def outcome(ctx: Context, args: OutcomeArgs) -> Reply:
    """Tell what came of a practice that one's city took over."""
    adoption = service.own_adoption(ctx, args.practice)
    return views.outcome_kept(ctx, service.keep_outcome(ctx, adoption, args.outcome))


@command("adoptions", requires=Role.MEMBER, repeatable=True)
def adoptions(ctx: Context) -> Reply:
    """List what one's city takes over."""
    return views.own(ctx, service.own_adoptions(ctx))


class ThanksArgs(Args):
    """`!thanks 12`"""

    practice: PracticeNumber


@command("thanks", requires=Role.MEMBER, numbered=True)
def thanks(ctx: Context, args: ThanksArgs) -> Reply:
    """Say thanks for a practice."""
    practice, new = service.thank(ctx, args.practice)
    return views.thanks_noted(ctx, practice, new=new)


def outcome_replied(ctx: Context, reference: str, text: str) -> Reply | None:
    """Take a plain reply to the question after half a year as what came of it."""
    adoption = reuse.adoption(ctx.tx, int(reference))
    if adoption is None or adoption.user_id != ctx.sender or letters.is_command(text):
        return None
    return views.outcome_kept(ctx, service.keep_outcome(ctx, adoption, text))


def outcome_open(ctx: Context, reference: str) -> Asks:
    """Nobody has told yet what came of it."""
    adoption = reuse.adoption(ctx.tx, int(reference))
    mine = adoption is not None and adoption.user_id == ctx.sender
    return Asks.WORDS if adoption and mine and adoption.outcome is None else Asks.NOTHING


outcome_topic = Topic(service.OUTCOME, replied=outcome_replied, requires=Role.MEMBER, open=outcome_open)
