// The words of the stories: who, what, where, and the sentences that many plots share.
#include "atome/corpus/texts.h"

namespace atome::corpus {

const std::string_view kStoriesWords = R"(
# ---- who ----------------------------------------------------------------------------------------------
@boy
Tom; he; kind=boy; full=Tom
Ben; he; kind=boy; full=Ben
Max; he; kind=boy; full=Max
Sam; he; kind=boy; full=Sam
Tim; he; kind=boy; full=Tim
Leo; he; kind=boy; full=Leo

@girl
Lily; she; kind=girl; full=Lily
Mia; she; kind=girl; full=Mia
Anna; she; kind=girl; full=Anna
Sue; she; kind=girl; full=Sue
Lucy; she; kind=girl; full=Lucy
Amy; she; kind=girl; full=Amy

@pet
Coco; she; kind=rabbit; full=Coco the rabbit
Bella; she; kind=cat; full=Bella the cat
Daisy; she; kind=duck; full=Daisy the duck
Penny; she; kind=pig; full=Penny the pig
Ruby; she; kind=squirrel; full=Ruby the squirrel
Rex; he; kind=dog; full=Rex the dog
Pip; he; kind=mouse; full=Pip the mouse
Bruno; he; kind=bear; full=Bruno the bear
Felix; he; kind=fox; full=Felix the fox
Toby; he; kind=turtle; full=Toby the turtle

@kid
+boy
+girl

@hero
+kid
+pet

@parent
mom; she
dad; he
grandma; she
grandpa; he

@adj
[little|little|small|kind|happy|young|funny|sweet]

# Creatures without a name, each list for one plot.
@helper
bird; it
squirrel; it
mouse; it
rabbit; it
fox; it

@helper_up
bird; it; how=The bird flew up to the top of the tree. It [pulled the {toy} free|pushed the {toy} down].
squirrel; it; how=The squirrel ran up the tree, fast as the wind. It [pulled the {toy} free|pushed the
    {toy} down].
cat; it; how=The cat climbed up, step by step. It [pulled the {toy} free|pushed the {toy} down].

@hurt
bird; it; move=fly; part=wing
duck; it; move=fly; part=wing
rabbit; it; move=hop; part=leg
mouse; it; move=run; part=foot
cat; it; move=walk; part=leg
squirrel; it; move=climb; part=foot

@guide
bird; it; how=I will fly from tree to tree
fox; it; how=Just follow my red tail
rabbit; it; how=I will hop ahead of you
owl; it; how=I can see well in the dark
mouse; it; how=I know every path in the forest

# ---- what ---------------------------------------------------------------------------------------------
@color
red
blue
green
yellow
pink
white

@toy
ball; it
doll; it
kite; it
toy car; it
toy boat; it
toy train; it
hat; it
book; it
boots; they
blocks; they

# Light enough for the wind or for a high throw.
@flyer
kite; it; how=The wind blew very hard
balloon; it; how=The wind blew very hard
hat; it; how=A big wind came
ball; it; how={Hero} threw it too high

@food
apple; it; many=apples
cake; it; many=cake
pie; it; many=pie
cookies; they; many=cookies
berries; they; many=berries
carrots; they; many=carrots
nuts; they; many=nuts


# What is thrown in the house.
@thrown
ball; it
toy plane; it
shoe; it

# ---- where --------------------------------------------------------------------------------------------
@place
park; at=in the park
garden; at=in the garden
forest; at=in the forest
beach; at=at the beach
farm; at=on the farm
field; at=in the field
pond; at=by the pond
river; at=by the river
hill; at=on the hill

@spot
under the bed
behind the door
in the big box
under the table
behind the chair
in the basket
under the old blanket
behind the big tree
in the tall grass
under the stairs

@mess
under the bed
behind the toy box
under the old coat
under all the other toys

# ---- beginnings ---------------------------------------------------------------------------------------
@open
Once upon a time, there was a {adj} {hero.kind} named {hero}.
Once upon a time, there was a {adj} {hero.kind} named {hero}.
Once there was a {adj} {hero.kind} named {hero}.
Once upon a time, a {adj} {hero.kind} named {hero} lived in a [small|little|cozy] house {near}.
{Hero} was a {adj} {hero.kind}. {Hero.he} lived in a [small|little|cozy] house {near}.
There once was a {adj} {hero.kind} named {hero}.
{Near}, there lived a {adj} {hero.kind}. {Hero.his} name was {hero}.

@near
near the forest
by the river
near the sea
at the end of the road
on a green hill
in a small town

@likes
{Hero.he} [loved|liked] to {fun} [all day|every day|{with}|].

@with
with {hero.his} friends

@fun
play outside
laugh and play
run and jump
play games
tell funny stories

@oneday
One day
One day
One morning
One afternoon

@sunny
One sunny [day|morning|afternoon]
One warm [day|morning|afternoon]
It was a sunny day. That [morning|afternoon]
The sun was out and the sky was blue. That [morning|afternoon]

# ---- feelings -----------------------------------------------------------------------------------------
@sad
{Hero} [was|felt] [very|so] sad.
{Hero} [began|started] to cry.
{Hero} was so sad that {hero.he} [began|wanted] to cry.
{Hero} sat down and [cried|felt sad].

@happy
{Hero} was [very|so] happy.
{Hero} [smiled|laughed] and [jumped|danced] [up and down|with joy].
{Hero} had a big smile on {hero.his} face.
{Hero} felt happy [again|and warm inside].

@comfort
Do not worry
Do not be sad
It is okay
Do not cry

@why
"Why are you [so sad|crying|sad], {hero}?" asked {friend}.
"What is wrong, {hero}?" [asked {friend}|{friend} asked].
"What happened, {hero}?" {friend} asked [softly|in a kind voice|].

@cameby
[Then|Soon|Just then], {friend.full} [came by|came to see {hero.him}|walked by].
{Hero.his} friend {friend} [came by|saw {hero.him}|heard {hero.him}].

@thanks
"Thank you[, {friend}| so much|, my friend]!" said {hero}.
"Thank you, {friend}! You are [so kind|a good friend|the best friend]," said {hero}.
{Hero} gave {friend} a big hug. "Thank you!" {hero.he} said.

@welcome
"You are welcome," said {friend}.
"I am [happy|glad] to help," said {friend} [with a smile|].

# ---- endings ------------------------------------------------------------------------------------------
@both
{Hero} and {friend} [played|laughed and played] together [all day|until the sun went down|all afternoon].
The two friends [played|sang and danced|laughed] [together|] until it was time to go home.
From that day on, {hero} and {friend} were [best friends|the best of friends].
{Hero} and {friend} [walked|went] home side by side.
)";

}  // namespace atome::corpus
